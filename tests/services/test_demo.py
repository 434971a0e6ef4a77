"""The demo city: whole, consistent, the same again, and only where nothing is."""

import datetime as dt
import re
import shutil
import statistics
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from sqlmodel import col, select

from audit.commands import demo as command
from audit.config import settings
from audit.db.engine import Database
from audit.db.migrate import migrate
from audit.db.models import (
    Account,
    Assignment,
    Ballot,
    Contestant,
    Contribution,
    Delegation,
    Escalation,
    Evidence,
    Extension,
    Finding,
    Grant,
    Message,
    Notice,
    Outlet,
    Photo,
    Quarantine,
    ReinspectionMember,
    Revision,
    Round,
    Visit,
)
from audit.demo import contest
from audit.demo.calendar import instant
from audit.demo.city import Built, build, tell
from audit.demo.founding import found
from audit.demo.shots import hasty_store
from audit.domain.contest.anomalies import limit_of
from audit.domain.contest.rules import Rules
from audit.domain.contest.verification import mobile, spaced, typed_receipt
from audit.domain.deadlines import DAY_SECONDS
from audit.domain.permissions import Actor, Role
from audit.domain.photos import is_reuse
from audit.errors import RoundsError
from audit.photos.choose import open_documents, open_store
from audit.services import clock
from audit.services.contest import attempts, tallies, voters
from audit.services.contest.scoreboard import lines_of, newest
from audit.services.contest.seasons import current_season
from audit.services.contest.sign_in import ContestantSession
from audit.services.demo_sign_in import PERSONAS
from audit.services.history import verify_history
from audit.services.loop.evidence import document_kind

TODAY = dt.date(2026, 11, 20)
SIZE = 3  # branches: the least that makes a ring in which no two inspect each other


class House:
    """A built city of three branches."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.db = Database(f"sqlite:///{home / 'rounds.sqlite3'}")
        migrate(self.db)
        self.told: list[tuple[str, int, int]] = []
        self.built: Built = build(
            self.db, "", home, seed=7, today=TODAY, size=SIZE, progress=lambda *step: self.told.append(step)
        )


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Built once for all tests of this file; none of them changes it."""
    house = House(tmp_path_factory.mktemp("demo"))
    yield house
    house.db.close()
    shutil.rmtree(house.home)


def test_two_rounds_are_closed_with_every_visit_accepted_and_one_is_running(house: House) -> None:
    with house.db.read() as session:
        planned = select(Round).where(Round.kind == "cross_inspection")
        rounds = session.exec(planned.order_by(Round.starts_on)).all()
        assert [row.state for row in rounds] == ["closed", "closed", "running"]
        states = session.exec(
            select(Visit.state)
            .join(Assignment, Assignment.id == Visit.assignment_id)
            .where(col(Assignment.round_id).in_([row.id for row in rounds[:2]]))
        ).all()
        assert set(states) == {"accepted"}
        assert len(states) == 2 * SIZE * 4


def test_nobody_inspects_themselves_and_no_two_each_other_in_one_round(house: House) -> None:
    with house.db.read() as session:
        pairs = {(row.round_id, row.inspecting_id, row.inspected_id) for row in session.exec(select(Assignment)).all()}
    assert len(pairs) == 3 * SIZE + 1  # and a re-inspection
    assert all(one != other and (wave, other, one) not in pairs for wave, one, other in pairs)


def test_every_persona_can_enter_and_the_supervisor_has_something_to_do_today(house: House) -> None:
    with house.db.read() as session:
        names = set(session.exec(select(Account.sign_in_name)).all())
        assert {persona.sign_in_name for persona in PERSONAS} <= names
        tried = (
            select(Grant.role)
            .join(Account, col(Account.id) == col(Grant.account_id))
            .where(col(Account.sign_in_name).in_([persona.sign_in_name for persona in PERSONAS]))
        )
        assert set(session.exec(tried).all()) == set(Role)  # all eight roles can be tried
        target = session.exec(select(Account).where(Account.sign_in_name == "branch")).one()
        running = session.exec(select(Round).where(Round.state == "running")).one()
        visits = session.exec(
            select(Visit)
            .join(Assignment, Assignment.id == Visit.assignment_id)
            .where(Assignment.round_id == running.id, Assignment.inspected_id == target.organisation_id)
            .order_by(Visit.planned_on, Visit.id)
        ).all()
    assert [visit.state for visit in visits] == ["accepted", "open", "planned", "planned"]
    assert [visit.planned_on for visit in visits][1:3] == [TODAY, TODAY]


def _findings(house: House) -> list[Finding]:
    with house.db.read() as session:
        return list(session.exec(select(Finding).where(Finding.kind != "highlight").order_by(Finding.id)).all())


def test_the_first_round_has_gone_round_the_whole_loop_and_the_second_is_in_the_middle_of_it(house: House) -> None:
    first, second, running = ([row for row in _findings(house) if row.round_id == number] for number in (1, 2, 3))
    assert {row.state for row in first} <= {"closed", "verified", "withdrawn"}
    assert any(row.state == "verified" for row in first)
    assert all(TODAY - row.closed_at.date() > dt.timedelta(days=80) for row in first if row.closed_at)
    assert {"draft", "rectifying", "submitted", "awaiting_support", "reinspection", "closed"} <= {
        row.state for row in second
    }
    assert any(row.repeat and row.severity != "minor" for row in second)
    assert {"draft", "issued"} <= {row.state for row in running}
    assert any(row.state == "draft" and row.severity == "critical" for row in running)


def test_nothing_closed_lacks_the_proof_that_was_asked_for(house: House) -> None:
    with house.db.read() as session:
        proofs = session.exec(select(Evidence).where(Evidence.subject == "rectification")).all()
    given = {(proof.finding_id, proof.cycle, proof.proves) for proof in proofs}
    closed = [row for row in _findings(house) if row.closed_at and not row.corrected_on_spot]
    assert len(closed) > 50
    assert all((row.id, row.cycle, row.evidence_kind) in given for row in closed)
    stores = {"photo": open_store("", house.home), "pdf": open_documents("", house.home)}
    assert {proof.kind for proof in proofs} == set(stores)
    assert all(stores[proof.kind].exists(proof.sha256) for proof in proofs)
    assert all(proof.report_sha256 for proof in proofs if proof.kind == "photo")


def test_a_paper_that_a_branch_hands_in_says_where_and_what_it_proves(house: House) -> None:
    with house.db.read() as session:
        query = select(Evidence, Finding, Outlet).join(Finding, Finding.id == Evidence.finding_id)
        query = query.join(Outlet, Outlet.id == Finding.outlet_id).where(Evidence.proves == "training_record")
        proof, finding, outlet = session.exec(query.limit(1)).one()
    with open_documents("", house.home).open(proof.sha256) as file:
        data = file.read()
    assert document_kind(data) == ("pdf", "application/pdf", "pdf")
    said = pypdfium2.PdfDocument(data)[0].get_textpage().get_text_range()
    assert all(words in said for words in ("服务规范培训记录", outlet.name_zh, finding.number, finding.item_code))


def test_times_of_the_loop_are_plausible(house: House) -> None:
    rows = _findings(house)
    for row in rows:
        moments = [row.created_at, row.issued_at, row.acknowledged_at, row.answered_at, row.closed_at]
        told = [moment for moment in moments if moment and not (row.corrected_on_spot and moment == row.answered_at)]
        assert told == sorted(told), row.number
        assert min(row.branch_seconds, row.department_seconds) >= 0
    now = dt.datetime.combine(TODAY, dt.time(0), dt.UTC)
    overdue = [row for row in rows if row.state == "rectifying" and row.due_at < now]
    assert 0 < len(overdue) < len(rows) / 10
    for number in (1, 2):
        over = [row.department_seconds for row in rows if row.round_id == number and row.closed_at]
        assert statistics.median(over) < 10 * DAY_SECONDS
    late = [row for row in rows if row.closed_at and row.due_at and row.answered_at > row.due_at]
    assert len(late) < len(rows) / 10


def test_every_role_has_something_to_do_today(house: House) -> None:
    with house.db.read() as session:
        people = {row.sign_in_name: row for row in session.exec(select(Account)).all()}
        branch, team = people["branch"].organisation_id, people["supervisor"].id
        unread = session.exec(
            select(Notice).where(Notice.organisation_id == branch, col(Notice.acknowledged_at).is_(None))
        ).all()
        delegated = session.exec(select(Delegation).where(Delegation.account_id == people["hall"].id)).all()
        looks = session.exec(select(ReinspectionMember).where(ReinspectionMember.account_id == team)).all()
        proposed = session.exec(select(Escalation).where(Escalation.decision == "", Escalation.proposal != "")).all()
        waiting = session.exec(select(Extension).where(col(Extension.granted).is_(None))).all()
        told = {row.account_id for row in session.exec(select(Message).where(col(Message.read_at).is_(None))).all()}
    assert [(notice.supplement, notice.acknowledged_at) for notice in unread] == [(1, None)]
    assert len(delegated) == 1
    assert len(looks) == 1
    assert proposed, "the leader has something to decide"
    assert waiting
    assert {people[name].id for name in ("branch", "marketing", "approver")} <= told
    mine = [row for row in _findings(house) if row.organisation_id == branch and row.round_id == 2]
    assert {"rectifying", "submitted", "awaiting_support", "reinspection", "closed"} <= {row.state for row in mine}
    assert any(row.state == "rectifying" and row.cycle == 2 for row in mine)


def test_scores_look_like_those_of_a_real_city(house: House) -> None:
    with house.db.read() as session:
        scores = [visit.score for visit in session.exec(select(Visit)).all() if visit.score]
        kinds = set(session.exec(select(Finding.kind)).all())
    mean = sum(float(score["raw"]) for score in scores) / len(scores)
    assert 83 < mean < 95
    assert max(float(score["raw"]) for score in scores) - min(float(score["raw"]) for score in scores) > 8
    assert kinds == {"nonconformity", "improvement", "highlight"}


def test_every_photo_is_another_one_and_lies_in_the_store(house: House) -> None:
    store = open_store("", house.home)
    with house.db.read() as session:
        photos: list[Photo | Evidence] = [*session.exec(select(Photo)).all()]
        photos += session.exec(select(Evidence).where(Evidence.kind == "photo")).all()
    assert len(photos) == house.built.photos == len({photo.sha256 for photo in photos})
    assert all(store.exists(sha) for row in photos for sha in (row.sha256, row.thumbnail_sha256, row.report_sha256))
    scenes = [photo for photo in photos if photo.subject not in ("signature", "communication")]
    alike = [
        (one.uuid, other.uuid) for place, one in enumerate(scenes) for other in scenes[:place] if is_reuse(one, other)
    ]
    assert len(alike) <= len(scenes) // 200


def test_the_history_of_a_built_city_is_intact_and_lies_in_the_past(house: House) -> None:
    checked, faults = verify_history(house.db)
    assert faults == []
    assert checked > 1000
    with house.db.read() as session:
        newest = max(session.exec(select(Revision.received_at)).all())
    assert newest.date() <= TODAY


def test_progress_is_told_to_the_end(house: House) -> None:
    assert house.told[0] == ("founding", 0, 1)
    what, done, total = house.told[-1]
    assert (what, done) == ("contest", total)


def test_a_city_is_not_built_over_another_one(house: House) -> None:
    with pytest.raises(RoundsError) as refusal:
        build(house.db, "", house.home, today=TODAY, size=SIZE)
    assert refusal.value.code == "demo.not_empty"


def _told(db: Database, seed: int, today: dt.date) -> list[object]:
    """Everything that will happen in a city, without making photos."""
    city = found(db, seed, today, SIZE)
    acts = tell(db, city, seed, today)
    with db.read() as session:
        people = session.exec(select(Account.name, Account.sign_in_name).order_by(Account.id)).all()
        halls = session.exec(select(Outlet.name_zh, Outlet.latitude, Outlet.profile).order_by(Outlet.id)).all()
    return [[tuple(row) for row in people], [tuple(row) for row in halls], [(act.at, act.orders) for act in acts]]


def test_the_same_seed_and_day_tell_the_same_story_and_another_seed_another_one(new_database) -> None:
    first = _told(new_database("sqlite"), 1, TODAY)
    assert _told(new_database("sqlite"), 1, TODAY) == first
    assert _told(new_database("sqlite"), 2, TODAY) != first


def test_rounds_are_planned_on_both_databases(db: Database) -> None:
    assert len(_told(db, 1, dt.date(2027, 1, 3))[2]) > SIZE * 8  # a Sunday, over New Year


def test_a_build_that_is_interrupted_leaves_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDS_HOME", str(tmp_path))
    monkeypatch.delenv("ROUNDS_DATABASE_URL", raising=False)
    settings.cache_clear()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command._Progress, "__call__", interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            command._build(settings(), 1, TODAY, small=True)
        assert not (tmp_path / "rounds.sqlite3").exists()
        assert not command._occupied(settings())
    finally:
        settings.cache_clear()


def test_a_season_runs_in_the_city_and_its_tallies_are_equal_to_the_recount(house: House) -> None:
    season = current_season(house.db)
    assert season is not None
    assert season.state == "running"
    rules = Rules.from_json(season.rules)
    assert all(rules.is_open(leg, TODAY) for leg in ("skill", "quiz", "votes", "cases"))
    with house.db.read(steady=True) as session:
        assert tallies.differences(session, season.id or 0, rules.quiz) == []
        people = session.exec(select(Contestant).where(Contestant.season_id == season.id)).all()
        assert len({row.name for row in people}) == len(people) >= 40
        assert len([row for row in people if row.photo_sha256]) == 8
        assert {row.kind for row in session.exec(select(Contribution).where(Contribution.points > 0)).all()} == {
            "case",
            "idea",
        }
        lines = lines_of(session, season)
        assert newest(session, season.id or 0, "week") is not None
    assert lines[0].total > 7500
    assert min(line.votes for line in lines[:5]) > 0


def test_two_personas_play_and_vote_as_employees_and_the_roster_knows_whose_phone_votes(house: House) -> None:
    season = current_season(house.db)
    assert season is not None
    with house.db.read() as session:
        people = session.exec(select(Contestant).where(Contestant.season_id == season.id)).all()
        accounts = session.exec(select(Account).where(col(Account.sign_in_name).in_(contest.PLAYING))).all()
    mine = {row.id: row for row in people if row.account_id}
    assert len(accounts) == len(mine) == len(contest.PLAYING)
    for account in accounts:
        proof = voters.by_account(house.db, season, Actor(account.id or 0, account.name))
        row = mine[proof.contestant_id]
        assert (row.name, row.employee_number) == (account.name, account.employee_number)
        assert row.organisation_id == account.organisation_id
    phones = [row.phone for row in people if row.phone]
    assert len(set(phones)) == len(phones) == sum(mobile(phone) == phone for phone in phones)
    assert 0 < len(people) - len(phones) < len(people) / 4, "somebody lacks a phone, so that the list has a line"


def test_the_season_s_ballots_look_like_those_of_voters(house: House) -> None:
    season = current_season(house.db)
    assert season is not None
    rules = Rules.from_json(season.rules).votes.anomalies
    with house.db.read() as session:
        ballots = session.exec(select(Ballot)).all()
        held = session.exec(select(Quarantine)).all()
    assert ballots
    for row in ballots:
        assert typed_receipt(spaced(row.receipt)) == row.receipt
        assert all(re.fullmatch(r"[0-9a-f]{32}", sign) for sign in (row.network, row.device))
    assert len(held) >= 2
    for one in held:
        limit = limit_of(rules, one.reason)
        assert one.facts["ballots"] > limit.ballots
        assert 0 < one.facts["seconds"] <= limit.seconds


def test_the_season_is_played_on_both_databases_and_goes_on(db: Database, tmp_path: Path) -> None:
    with clock.stopped(instant(TODAY, dt.time(9, 0))):
        city = found(db, 7, TODAY, SIZE)
        contest.play(db, hasty_store("", tmp_path), city, 7, TODAY)
        season = current_season(db)
        assert season is not None
        with db.read(steady=True) as session:
            assert tallies.differences(session, season.id or 0, Rules.from_json(season.rules).quiz) == []
            first = session.exec(select(Contestant).order_by(col(Contestant.employee_number))).first()
        assert first is not None
        me = ContestantSession(first.id or 0, season.id or 0, first.name)
        assert attempts.start(db, me), "new rows are numbered behind those of the demo"
