"""Served transactions from a list: a dry run that names every wrong row, one slip each, printed and sent by number."""

import datetime as dt
import io
from collections.abc import Sequence
from pathlib import Path

import pytest
import time_machine
from openpyxl import load_workbook
from sqlmodel import col, select

from audit.db.models import Contestant, Event, Outlet, Season, VoteSlip, VoteToken
from audit.domain.permissions import Actor
from audit.services.contest import served, slip_sheets, slips, tokens, voters
from audit.services.contest.served import SERVED_SHEETS
from audit.services.spreadsheet import template
from audit.services.spreadsheet_import import Outcome
from tests.contesting import IN_SEASON
from tests.hands import refusal
from tests.voting import Booth

PHONE = "13912345678"


def hall(booth: Booth) -> Outlet:
    with booth.contest.db.read() as session:
        return session.get_one(Outlet, next(iter(booth.contest.city.outlets.values())))


def bring(booth: Booth, data: bytes, dry: bool = False, actor: Actor | None = None, days: int = 7) -> Outcome:
    contest = booth.contest
    return served.import_served(contest.db, actor or contest.ou, contest.season_id, data, dry, days)


def excel(rows: Sequence[Sequence[str]]) -> bytes:
    return template(SERVED_SHEETS, "zh_CN", {"served": rows})


def batches(booth: Booth) -> list[slips.BatchLine]:
    return list(slips.batches(booth.contest.db, booth.contest.ou, booth.contest.season_id).rows)


def told(outcome: Outcome) -> list[tuple[int, str, str]]:
    return [(one.row, one.column, one.error.code) for one in outcome.errors]


def test_a_list_becomes_slips_that_carry_its_numbers_and_vote(booth: Booth) -> None:
    contest, at = booth.contest, hall(booth)
    file = excel([["T-1", at.code, "", f"+86 {PHONE}"], ["T-2", "", "e0001", ""], ["T-3"]])
    assert (bring(booth, file, dry=True).created, batches(booth)) == (3, []), "a dry run makes nothing"
    assert bring(booth, file).created == 3
    [line] = batches(booth)
    assert (line.count, line.served_zh, line.expires_at) == (3, "", IN_SEASON + dt.timedelta(days=7))
    sheet = slips.sheet(contest.db, contest.ou, contest.season_id, line.id).slips
    assert [(one.transaction, one.phone) for one in sheet] == [("T-1", PHONE), ("T-2", ""), ("T-3", "")]
    assert tokens.served_at(contest.db, booth.season, sheet[1].address.split("t=")[1]).code == booth.codes[1]
    with contest.db.read() as session:
        rows = session.exec(select(VoteToken).order_by(col(VoteToken.outlet_id))).all()
        assert {row.outlet_id for row in rows} == {None, at.id}
        kept = repr([row.model_dump() for row in [*rows, *session.exec(select(VoteSlip)).all()]])
        kept += repr(session.exec(select(Event)).all())
    assert not any(secret in kept for secret in ("T-1", PHONE, "12345678")), "nothing is readable without the key"
    booth.cast(voters.by_token(booth.season, sheet[0].address.split("t=")[1]), [2])
    book = load_workbook(
        io.BytesIO(slip_sheets.texts(contest.db, contest.ou, contest.season_id, line.id, "en").content)
    )
    lines = [[cell.value for cell in row] for row in book.active.iter_rows()]
    assert [row[0] for row in lines] == ["Transaction number", "T-2", "T-3"], "the used one is not sent again"
    assert lines[1][2].endswith(f"by 13 Oct 2026: {sheet[1].address}"), (
        "nothing behind it that a phone takes for a part"
    )


def test_every_wrong_row_is_named_in_one_pass_and_nothing_is_made(booth: Booth) -> None:
    tokens.issue(booth.contest.db, booth.contest.ou, booth.contest.season_id, ["T-0"])
    rows = [
        ["T-0"], ["T-1"], ["T-1"], ["", "", "", PHONE], ["T-2", "nowhere"], ["T-3", "", "E9999"],
        ["T-4", "", "", "123"], ["8.02026E+15"], ["x" * 81],
    ]  # fmt: skip
    for dry in (True, False):
        assert told(bring(booth, excel(rows), dry)) == [
            (2, "业务流水号", "vote.has_slip"),
            (4, "业务流水号", "spreadsheet.duplicate"),
            (5, "业务流水号", "required"),
            (6, "触点编码", "spreadsheet.unknown"),
            (7, "受理工号", "spreadsheet.unknown"),
            (8, "客户手机", "invalid"),
            (9, "业务流水号", "spreadsheet.rounded"),
            (10, "业务流水号", "too_long"),
        ]
    assert batches(booth) == []


def test_the_same_list_again_is_refused_row_by_row(booth: Booth) -> None:
    file = excel([["T-1"], ["T-2"]])
    bring(booth, file)
    assert told(bring(booth, file)) == [(row, "业务流水号", "vote.has_slip") for row in (2, 3)]
    assert len(batches(booth)) == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_csv_is_read_as_any_program_writes_it(booth: Booth, encoding: str, separator: str) -> None:
    lines = [["业务流水号", "客户手机"], ["00802026100600012345", PHONE], ['"带,逗号;的"', ""], ["", ""], ["=1+1", ""]]
    file = "\r\n".join(separator.join(line) for line in lines).encode(encoding)
    assert told(bring(booth, file)) == [(5, "业务流水号", "spreadsheet.formula")]
    assert bring(booth, file[: file.index(b"=")]).created == 2
    sheet = slips.sheet(booth.contest.db, booth.contest.ou, booth.contest.season_id, batches(booth)[0].id).slips
    assert [one.transaction for one in sheet] == ["00802026100600012345", "带,逗号;的"]


def test_what_is_no_list_is_refused_as_a_whole(booth: Booth, tmp_path: Path) -> None:
    for file, code in ((b"\x00\x01", "spreadsheet.not_xlsx"), (b"PK\x03\x04broken", "spreadsheet.not_xlsx")):
        assert refusal(lambda file=file: bring(booth, file)).code == code
    assert [one[2] for one in told(bring(booth, b"a,b\n1,2\n"))][:1] == ["spreadsheet.header"]
    many = "业务流水号\n" + "\n".join(f"T-{number}" for number in range(2_001))
    assert [one[2] for one in told(bring(booth, many.encode()))] == ["spreadsheet.too_many_rows"]
    assert batches(booth) == []


def test_only_the_organiser_who_takes_no_part_brings_a_list_into_a_season_that_is_open(booth: Booth) -> None:
    contest, file = booth.contest, excel([["T-1"]])
    for actor in (contest.ju, contest.city.wang):
        assert refusal(lambda actor=actor: bring(booth, file, actor=actor)).code == "forbidden"
    for days in (0, slips.MOST_DAYS + 1):
        assert refusal(lambda days=days: bring(booth, file, days=days)).code == "invalid"
    with contest.db.write() as session:
        session.get_one(Contestant, contest.ids[0]).account_id = contest.ou.account_id
    assert refusal(lambda: bring(booth, file)).code == "contest.takes_part"
    with contest.db.write() as session:
        session.get_one(Contestant, contest.ids[0]).account_id = None
        session.get_one(Season, contest.season_id).state = "closed"
    assert refusal(lambda: bring(booth, file)).code == "wrong_state"


def test_number_and_phone_are_forgotten_once_the_slips_have_expired(booth: Booth) -> None:
    bring(booth, excel([["T-1", "", "", PHONE]]), days=1)
    bring(booth, excel([["T-2", "", "", PHONE]]), days=3)
    with time_machine.travel(IN_SEASON + dt.timedelta(days=2), tick=False):
        assert [served.forget_expired(booth.contest.db) for _ in range(2)] == [1, 0]
    with booth.contest.db.read() as session:
        assert [bool(row.sealed) for row in session.exec(select(VoteSlip).order_by(VoteSlip.batch_id))] == [False, True]
        told = session.exec(select(Event).where(Event.verb == "vote_slips.forgotten")).all()
        first = session.exec(select(VoteSlip.batch_id).where(VoteSlip.sealed == "")).one()
    assert [(row.subject_id, row.data, row.account_id) for row in told] == [(str(first), {"count": 1}, None)]
