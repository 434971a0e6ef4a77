"""A season of the contest's headline size, for benches: written by plain SQL, the same rows into either database.

36 branches and the service centre, 2,000 contestants with 120 skill scores each, 269,201 attempts of ten questions
(2,692,010 quiz entries), 37,065 votes on ballots of one to three names, 83 cases and 188 ideas.
"""

import datetime as dt
import itertools
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from audit.db.engine import Database
from audit.db.models import Organisation, Season
from audit.domain.contest.rules import default_rules
from audit.services.contest import tallies

CONTESTANTS, SKILL_DAYS, ATTEMPTS, QUESTIONS, VOTES, CASES, IDEAS = 2_000, 120, 269_201, 10, 37_065, 83, 188
CENTRE = 300  # contestants of the service centre
BRANCHES = 36
HARDNESS = ("easy", "easy", "medium", "medium", "hard")  # as an attempt has them: 4, 4, 2
ZONES = ("中心城区", "主城新区", "渝东北", "渝东南")
FIRST = dt.date(2026, 7, 1)
QUIZ_FIRST = dt.date(2026, 7, 13)
AT = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
RULES = default_rules()
# With these alone a server whose season runs may start; nobody is sent a code.
SETTINGS = {"ROUNDS_VOTE_KEY": "bench", "ROUNDS_CODE_CHANNEL": "sms", "ROUNDS_SMS_URL": "http://127.0.0.1:9"}

Rows = Iterable[Sequence[Any]]
Table = tuple[str, str, Rows]  # name, columns, rows


def found_season(db: Database, part: float = 1.0) -> int:
    """Write the season (or a part of its rows) into an empty database and count it; returns its id."""
    with db.write() as session:
        owners = [Organisation(code="service", kind="service_centre", name_zh="客户服务中心")]
        owners += [
            Organisation(code=f"b{number:02}", kind="branch", name_zh=f"第{number}分公司", zone=ZONES[number % 4])
            for number in range(BRANCHES)
        ]
        session.add_all(owners)
        season = Season(
            code="2026", name_zh="微笑天使", state="running", rules=RULES.to_json(), salt="0" * 64, created_at=AT
        )
        session.add(season)
        session.flush()
        season_id, homes = season.id or 0, [owner.id or 0 for owner in owners]
    with db.writer.begin() as connection:
        driver = connection.connection.driver_connection
        for table, columns, rows in _tables(season_id, homes, part):
            _write(db, driver, table, columns, rows)
    if not db.is_sqlite:
        with db.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table, column in SERIALS.items():
                connection.exec_driver_sql(
                    f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), (SELECT MAX({column}) FROM {table}))"
                )
            connection.exec_driver_sql("VACUUM ANALYZE")
    with db.write() as session:
        tallies.rebuild(session, season_id, RULES.quiz)
    with db.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if db.is_sqlite else "VACUUM ANALYZE")
    return season_id


SERIALS = dict.fromkeys(("contestant", "quiz_attempt", "ballot", "voter", "contribution", "skill_score"), "id")


def _write(db: Database, driver: Any, table: str, columns: str, rows: Rows) -> None:
    if db.is_sqlite:
        marks = ", ".join("?" * len(columns.split(",")))
        driver.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)
        return
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as out:
        for row in rows:
            out.write_row(row)


def _tables(season: int, homes: list[int], part: float) -> Iterator[Table]:
    """All tables, each after those that it refers to."""
    chance = random.Random(2026)
    yield from _roster(chance, season, homes)
    yield from _quiz(chance, season, part)
    yield from _votes(chance, season)


def _roster(chance: random.Random, season: int, homes: list[int]) -> Iterator[Table]:
    people = range(1, CONTESTANTS + 1)
    at = AT.isoformat(sep=" ")[:19]
    yield (
        "contestant",
        "id, season_id, code, organisation_id, employee_number, name, name_en, phone, email, story_zh, story_en,"
        " photo_sha256, thumbnail_sha256, complaints, ineligible, locale, version",
        (
            (id_, season, f"c{id_}", homes[0 if id_ <= CENTRE else 1 + _branch(chance)], f"E{id_:05}", f"选手{id_}")
            + ("",) * 7 + (int(id_ % 97 == 0), "违规" if id_ % 199 == 0 else "", "", 1)
            for id_ in people
        ),
    )  # fmt: skip
    yield (
        "skill_score",
        "season_id, contestant_id, day, source, points, entered_at",
        _skills(chance, season, people, at),
    )


def _quiz(chance: random.Random, season: int, part: float) -> Iterator[Table]:
    at = AT.isoformat(sep=" ")[:19]
    options = json.dumps([{"code": code, "zh": code, "en": code} for code in "abcd"])
    yield (
        "question",
        "id, code, kind, difficulty, topic, text_zh, text_en, picture_sha256, options, right_options, explanation_zh,"
        " explanation_en, created_at, version",
        (
            (id_, f"Q{id_}", "single", HARDNESS[id_ % 5], "", "问", "", "", options, '["c"]', "", "", at, 1)
            for id_ in range(1, 501)
        ),
    )
    yield (
        "quiz_paper",
        "id, season_id, week, seed, questions, drawn_at",
        (
            (week, season, week, week, json.dumps(list(range(30 * week - 29, 30 * week + 1))), at)
            for week in range(1, RULES.quiz.weeks + 1)
        ),
    )
    attempts = list(itertools.islice(_attempts(season, at), int(ATTEMPTS * part)))
    yield (
        "quiz_attempt",
        "id, season_id, contestant_id, paper_id, week, day, number, seed, score, started_at, ends_at, finished_at,"
        " void, questions",
        attempts,
    )
    yield (
        "quiz_answer",
        "attempt_id, position, question_id, chosen, points, after_ms",
        (
            (
                attempt[0],
                position,
                1 + chance.randrange(500),
                "a",
                1000 if chance.random() < 0.72 else 0,
                4000 * position,
            )
            for attempt in attempts
            for position in range(QUESTIONS)
        ),
    )


def _votes(chance: random.Random, season: int) -> Iterator[Table]:
    at = AT.isoformat(sep=" ")[:19]
    ballots = list(_ballots(chance))
    yield (
        "voter",
        "id, season_id, kind, identity, created_at",
        ((id_, season, "phone", f"{id_:064}", at) for id_, _ in ballots),
    )
    yield (
        "ballot",
        "id, season_id, voter_id, day, receipt, network, device, cast_at",
        ((id_, season, id_, "2026-10-06", f"r{id_}", f"n{id_ % 4000}", f"d{id_}", at) for id_, _ in ballots),
    )
    yield ("ballot_name", "ballot_id, contestant_id", ((id_, name) for id_, names in ballots for name in names))
    yield (
        "quarantine",
        "ballot_id, season_id, reason, facts, held_at, decision, comment",
        ((id_, season, "burst", "{}", at, ("", "count", "discard")[id_ % 3], "") for id_, _ in ballots[::50]),
    )
    yield (
        "contribution",
        "season_id, contestant_id, kind, state, title, text, points, submitted_at, review, version",
        (
            (season, chance.randint(1, CONTESTANTS), kind, "published", "题", "文", points, at, "", 1)
            for kind, count, worth in (("case", CASES, (200,)), ("idea", IDEAS, (100, 200, 300)))
            for points in (worth[number % len(worth)] for number in range(count))
        ),
    )


def _branch(chance: random.Random) -> int:
    """Branches are of very different size."""
    return min(int(chance.expovariate(1 / 10)), BRANCHES - 1)


def _skills(chance: random.Random, season: int, people: Iterable[int], at: str) -> Iterator[tuple[Any, ...]]:
    for id_ in people:
        level = chance.gauss(86, 5)
        for day in range(SKILL_DAYS):
            source = "central" if day % 4 == 0 else "branch"
            points = min(10_000, max(0, int(100 * chance.gauss(level, 4))))
            yield (season, id_, (FIRST + dt.timedelta(days=day)).isoformat(), source, points, at)


def _attempts(season: int, at: str) -> Iterator[tuple[Any, ...]]:
    """As they come in: day by day, everybody once, then again, up to four a day."""
    ids = itertools.count(1)
    for day in range(RULES.quiz.weeks * 7):
        date = (QUIZ_FIRST + dt.timedelta(days=day)).isoformat()
        for number in (1, 2, 3, 4):
            for person in range(1, CONTESTANTS + 1):
                if (person * 7 + day * 3 + number * 5) % 10 < 5 - number + (person % 3):
                    yield (
                        next(ids),
                        season,
                        person,
                        day // 7 + 1,
                        day // 7 + 1,
                        date,
                        number,
                        1,
                        0,
                        at,
                        at,
                        at,
                        "",
                        "[]",
                    )


def _ballots(chance: random.Random) -> Iterator[tuple[int, list[int]]]:
    left, ids = VOTES, itertools.count(1)
    while left:
        names = {1 + int(chance.random() ** 3 * CONTESTANTS) for _ in range(min(left, chance.choice((1, 2, 3, 3))))}
        left -= len(names)
        yield next(ids), sorted(names)
