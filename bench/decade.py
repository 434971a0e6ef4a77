"""Ten years of a city, written by bulk SQL: 36 branches of 4 halls, 12 rounds a year, 850,000 answers, 60,000 findings.

For benches of what grows with the years. Photos have fingerprints and no files; the history has rows and no chain.
"""

import datetime as dt
import random
import uuid
from collections.abc import Iterator
from typing import Any

from sqlalchemy import insert, text
from sqlmodel import Session, SQLModel, select

from audit.db.engine import Database
from audit.db.models import (
    Account,
    Assignment,
    ChecklistVersion,
    Evidence,
    Finding,
    FindingPhoto,
    Grant,
    Notice,
    Organisation,
    Outlet,
    Photo,
    Rectification,
    Round,
    Visit,
)
from audit.services import checklists, clock

BRANCHES, HALLS, ROUNDS_A_YEAR, FINDINGS = 36, 4, 12, 60_000
OPEN_ROUNDS = 3  # the latest ones, of which not everything is closed
MARKETING, LEAD = 1, 2  # account ids; more of marketing follow for reviews side by side
REVIEWERS = 10
SEEN = ("灯箱局部不亮", "地面有水渍未清", "台席杂乱，资料未归位", "宣传单页过期未更换", "一名营业员未佩戴工牌")
# fmt: off
OPEN_STATES = (
    # state              of all that are open
    ("rectifying",       0.45), ("submitted", 0.30), ("issued", 0.10), ("objected", 0.05),
    ("awaiting_support", 0.04), ("reinspection", 0.03), ("draft", 0.03),
)
# fmt: on


def write(db: Database, years: int = 10) -> None:
    """Fill an empty, migrated database; `years` under 10 make a smaller one of the same kind."""
    chance = random.Random(10)
    with db.write() as session:
        _people(session)
    checklists.seed(db, None)
    with db.write() as session:
        version = session.exec(select(ChecklistVersion).where(ChecklistVersion.kind == "hall")).first()
        assert version is not None
        items = [(section["code"], item) for section in version.content["sections"] for item in section["items"]]
        visits = _visits(session, version.id or 0, years)
        _answers(session, db, [item["code"] for _section, item in items])
        _findings(session, chance, items, visits, FINDINGS * years // 10)
        _events(session, db)
        if not db.is_sqlite:
            for table in ("finding", "notice", "rectification", "account", "round", "visit", "assignment"):
                session.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"))
    if not db.is_sqlite:
        with db.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))  # as PostgreSQL does by itself a minute later


def _add(session: Session, model: type[SQLModel], rows: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> None:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == 2000:
            session.execute(insert(model), batch)
            batch = []
    if batch:
        session.execute(insert(model), batch)


def _people(session: Session) -> None:
    now, marketing = clock.now(), BRANCHES + 1
    names = [f"第{number}分公司" for number in range(1, BRANCHES + 1)]
    _add(session, Organisation, [
        *({"id": number, "code": f"b{number}", "kind": "branch", "name_zh": name, "name_en": f"Branch {number}"}
          for number, name in enumerate(names, start=1)),
        {"id": marketing, "code": "marketing", "kind": "department", "name_zh": "市场部", "name_en": "Marketing"},
    ])  # fmt: skip
    _add(session, Outlet, [
        {"id": number, "code": f"o{number}", "organisation_id": (number - 1) // HALLS + 1, "kind": "own_hall",
         "name_zh": f"第{number}营业厅", "name_en": f"Hall {number}", "profile": {}}
        for number in range(1, BRANCHES * HALLS + 1)
    ])  # fmt: skip
    cast = [("marketing", "marketing", marketing), ("branch", "branch", 1)]
    cast += [(f"marketing{number}", "marketing", marketing) for number in range(2, REVIEWERS + 1)]
    cast += [(f"supervisor{number}", "supervisor", number) for number in range(1, BRANCHES + 1)]
    _add(session, Account, [
        {"id": number, "sign_in_name": name, "name": name, "organisation_id": place, "locale": "zh_CN",
         "created_at": now}
        for number, (name, _role, place) in enumerate(cast, start=1)
    ])  # fmt: skip
    scopes = {"marketing": "city", "branch": "branch", "supervisor": "assignments"}
    _add(session, Grant, [
        {"account_id": number, "role": role, "scope_kind": scopes[role], "scope_id": 1 if role == "branch" else None}
        for number, (_name, role, _place) in enumerate(cast, start=1)
    ])  # fmt: skip


def _visits(session: Session, version_id: int, years: int) -> list[dict[str, Any]]:
    """Every hall in every round, all accepted; returns the rows."""
    rounds = years * ROUNDS_A_YEAR
    first = clock.today() - dt.timedelta(days=30 * rounds)
    days = {number: first + dt.timedelta(days=30 * (number - 1)) for number in range(1, rounds + 1)}
    _add(session, Round, [
        {"id": number, "code": f"R{number}", "name_zh": f"第{number}轮交叉巡检", "name_en": f"Round {number}",
         "kind": "cross_inspection", "state": "closed" if number < rounds else "running", "starts_on": day,
         "ends_on": day + dt.timedelta(days=9)}
        for number, day in days.items()
    ])  # fmt: skip
    pairs = [(number, branch) for number in days for branch in range(1, BRANCHES + 1)]
    _add(session, Assignment, [
        {"id": place, "round_id": number, "inspecting_id": branch % BRANCHES + 1, "inspected_id": branch,
         "announced": False, "starts_on": days[number], "ends_on": days[number]}
        for place, (number, branch) in enumerate(pairs, start=1)
    ])  # fmt: skip
    rows = []
    for place, (number, branch) in enumerate(pairs, start=1):
        at = dt.datetime.combine(days[number], dt.time(4), dt.UTC)
        for hall in range(HALLS):
            rows.append({
                "id": len(rows) + 1, "assignment_id": place, "outlet_id": (branch - 1) * HALLS + hall + 1,
                "checklist_version_id": version_id, "state": "accepted", "planned_on": days[number],
                "opened_at": at, "submitted_at": at, "accepted_at": at + dt.timedelta(hours=20), "total": 90.0,
                "later_items": [],
            })  # fmt: skip
    _add(session, Visit, rows)
    return [{**row, "round_id": pairs[row["assignment_id"] - 1][0]} for row in rows]


def _answers(session: Session, db: Database, codes: list[str]) -> None:
    """49 answers a visit, put together by the database itself."""
    session.execute(text("CREATE TEMPORARY TABLE bench_item (code VARCHAR(40))"))
    session.execute(text("INSERT INTO bench_item VALUES (:code)"), [{"code": code} for code in codes[:49]])
    json = "" if db.is_sqlite else "::json"
    session.execute(text(
        "INSERT INTO revision (uuid, assignment_id, visit_id, subject, bases, body, body_sha256, account_id, device,"
        " device_at, received_at) SELECT 'v' || v.id || '-' || i.code, v.assignment_id, v.id, 'item:' || i.code,"
        f" '[]'{json}, '{{\"rating\":\"pass\"}}'{json}, '', 1, '', v.submitted_at, v.submitted_at"
        " FROM visit v CROSS JOIN bench_item i"
    ))  # fmt: skip


def _findings(
    session: Session, chance: random.Random, items: list[Any], visits: list[dict[str, Any]], count: int
) -> None:
    rounds = max(visit["round_id"] for visit in visits)
    places = [(number, branch) for number in range(1, rounds + 1) for branch in range(1, BRANCHES + 1)]
    notices = {pair: number for number, pair in enumerate(places, start=1)}
    at = {visit["round_id"]: visit["accepted_at"] for visit in visits}
    _add(session, Notice, [
        {"id": number, "round_id": pair[0], "organisation_id": pair[1], "number": f"N{number}",
         "issued_at": at[pair[0]], "issued_by": 1, "acknowledged_at": at[pair[0]]}
        for pair, number in notices.items()
    ])  # fmt: skip
    rows = [_finding(chance, items, visits[chance.randrange(len(visits))], rounds, number, notices)
            for number in range(1, count + 1)]  # fmt: skip
    _add(session, Finding, rows)
    _add(session, Photo, (_photo(chance, row) for row in rows))
    _add(session, FindingPhoto, (
        {"finding_id": row["id"], "photo_uuid": _uuid(row["id"]), "role": "before"} for row in rows
    ))  # fmt: skip
    answered = [row for row in rows if row["answered_at"]]
    _add(session, Rectification, (_answer(row, cycle) for row in answered for cycle in range(1, row["cycle"] + 1)))
    _add(session, Evidence, (_proof(chance, row) for row in answered))


def _finding(chance: random.Random, items: list[Any], visit: dict[str, Any], rounds: int, number: int,
             notices: dict[tuple[int, int], int]) -> dict[str, Any]:  # fmt: skip
    section, item = items[chance.randrange(len(items))]
    branch = (visit["outlet_id"] - 1) // HALLS + 1
    state = "closed" if chance.random() < 0.7 else "verified" if chance.random() < 0.93 else "withdrawn"
    if visit["round_id"] > rounds - OPEN_ROUNDS and chance.random() < 0.8:
        names, weights = zip(*OPEN_STATES, strict=True)
        state = chance.choices(names, weights)[0]
    issued_at = visit["accepted_at"] if state != "draft" else None
    severity = chance.choices(("minor", "major", "critical"), (70, 25, 5))[0]
    days = {"minor": 21, "major": 9, "critical": 4}[severity]
    due_at = issued_at and issued_at.replace(hour=10) + dt.timedelta(days=days)
    answered = state in ("closed", "verified", "submitted", "reinspection")
    answered_at = issued_at + dt.timedelta(days=chance.uniform(0.5, days * 1.1)) if answered and issued_at else None
    return {
        "id": number, "visit_id": visit["id"], "round_id": visit["round_id"], "organisation_id": branch,
        "outlet_id": visit["outlet_id"], "subject": f"item:{item['code']}:{number}", "item_code": item["code"],
        "section_code": section, "kind": "nonconformity", "severity": severity, "state": state,
        "cycle": 1 if chance.random() < 0.85 else 2, "clause_zh": item["text_zh"], "clause_en": item["text_en"],
        "observation": SEEN[number % len(SEEN)], "requirement_zh": item["requirement_zh"],
        "requirement_en": item["requirement_en"], "criterion_zh": item["criterion_zh"],
        "criterion_en": item["criterion_en"], "evidence_kind": "photo", "corrected_on_spot": False,
        "repeat": chance.random() < 0.06, "due_at": due_at, "due_estimated": False,
        "number": f"F{number}" if issued_at else None,
        "notice_id": notices[visit["round_id"], branch] if issued_at else None, "issued_at": issued_at,
        "acknowledged_at": issued_at, "state_since": answered_at or issued_at or visit["accepted_at"],
        "answered_at": answered_at, "branch_seconds": chance.randrange(86_400, 86_400 * 12),
        "department_seconds": chance.randrange(86_400 * 4),
        "closed_at": answered_at + dt.timedelta(days=2) if answered_at and state in ("closed", "verified") else None,
        "created_at": visit["submitted_at"],
    }  # fmt: skip


def _uuid(number: int) -> str:
    """Names as tablets make them: who draws marks on a photo reads them as such."""
    return str(uuid.UUID(int=number))


def _photo(chance: random.Random, row: dict[str, Any]) -> dict[str, Any]:
    name = f"p{row['id']}"
    return {
        "uuid": _uuid(row["id"]), "assignment_id": (row["visit_id"] - 1) // HALLS + 1, "visit_id": row["visit_id"],
        "account_id": 1, "subject": f"photo:{name}", "sha256": name, "size": 9, "media_type": "image/jpeg",
        "width": 4, "height": 3, "phash": f"{chance.getrandbits(64):016x}", "dhash": f"{chance.getrandbits(64):016x}",
        "thumbnail_sha256": name, "report_sha256": name, "report_width": 4, "report_height": 3, "mosaic": [],
        "received_at": row["created_at"],
    }  # fmt: skip


def _answer(row: dict[str, Any], cycle: int) -> dict[str, Any]:
    return {
        "finding_id": row["id"], "cycle": cycle, "correction": "已更换灯箱并清洁", "cause": "巡查不到位",
        "corrective_action": "每日班前巡查并登记", "horizontal_check": "已排查其余营业厅", "responsible": "值班经理",
        "completed_on": row["answered_at"].date(), "saved_at": row["answered_at"], "saved_by": LEAD,
        "submitted_at": row["answered_at"], "submitted_by": LEAD,
    }  # fmt: skip


def _proof(chance: random.Random, row: dict[str, Any]) -> dict[str, Any]:
    name = f"e{row['id']}"
    return {
        "uuid": _uuid(row["id"] + FINDINGS), "finding_id": row["id"], "cycle": row["cycle"],
        "subject": "rectification", "kind": "photo",
        "proves": "photo", "role": "after", "filename": "after.jpg", "media_type": "image/jpeg", "sha256": name,
        "size": 9, "thumbnail_sha256": name, "report_sha256": name, "phash": f"{chance.getrandbits(64):016x}",
        "dhash": f"{chance.getrandbits(64):016x}", "account_id": LEAD, "received_at": row["answered_at"],
    }  # fmt: skip


def _events(session: Session, db: Database) -> None:
    """Four entries of the history a finding."""
    json = "" if db.is_sqlite else "::json"
    for place, verb in enumerate(("finding.issue", "finding.acknowledge", "finding.submit", "finding.accept")):
        session.execute(text(
            "INSERT INTO event (seq, at, account_id, device, verb, subject_kind, subject_id, data, previous_sha256,"
            f" sha256) SELECT (id + 100) * 4 + {place}, created_at, 1, '', '{verb}', 'finding',"
            f" CAST(id AS VARCHAR(20)), '{{}}'{json}, '', '' FROM finding"
        ))  # fmt: skip
    session.execute(text("UPDATE chain_head SET seq = (SELECT max(seq) FROM event)"))
