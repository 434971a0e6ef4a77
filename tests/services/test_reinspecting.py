"""A re-inspection as a visit: what is on its form, how it decides its findings, how marketing moves it."""

import datetime as dt

import pytest
from sqlmodel import col, select

from audit.db.models import Evidence, Reinspection, Round, Visit
from audit.errors import RoundsError
from audit.services import clock, overview, rounds, submission, visits
from audit.services.bootstrap import bootstrap
from audit.services.loop import reinspecting
from audit.services.loop.reinspecting import LookRow
from audit.services.overview import find_rounds
from tests.factories import City
from tests.field import Field
from tests.hands import Hands, refusal
from tests.looping import Loop, enter_the_loop

TUESDAY = dt.date(2026, 11, 24)


@pytest.fixture
def loop(city: City) -> Loop:
    return enter_the_loop(city)


def ask(loop: Loop, finding_id: int, team: tuple[str, ...] = ("lin", "zhao"), day: dt.date = TUESDAY) -> Visit:
    """Wang has a finding looked at on the spot; returns the visit in which it is."""
    people = [loop.city.actors[name].account_id for name in team]
    loop.do(loop.city.wang, finding_id, "request_reinspection", team=people, planned_on=day)
    return visit_of(loop, finding_id)


def visit_of(loop: Loop, finding_id: int) -> Visit:
    with loop.db.read() as session:
        query = select(Visit).join(Reinspection, col(Reinspection.visit_id) == Visit.id)
        found = session.exec(query.where(Reinspection.finding_id == finding_id).order_by(col(Reinspection.id))).all()
        return found[-1]


def on_the_spot(loop: Loop, visit: Visit) -> Field:
    """The visit as the team fills it in."""
    return Field(loop.city, visit.checklist_version_id, 0, visit.assignment_id, visit.id or 0, 0)


def signed(look: Field) -> None:
    look.write(look.city.lin, "signature", {"status": "absent", "note": "值班经理外出"})


def on_form(loop: Loop, visit: Visit, name: str = "lin") -> list[str]:
    """The codes of the items that a person's tablet shows for the visit."""
    with clock.stopped(loop.at):
        found = bootstrap(loop.db, loop.city.actors[name])["visits"]
    one = next(one for one in found if one["id"] == visit.id)
    return [item["code"] for section in one["checklist"]["sections"] for item in section["items"]]


def test_findings_of_one_hall_go_into_one_visit_of_the_named_team(loop: Loop) -> None:
    first, second, again = loop.submitted(item="A01"), loop.submitted(item="A02"), loop.submitted(item="A01")
    visit = ask(loop, first)
    assert ask(loop, second).id == visit.id
    assert ask(loop, again).id == visit.id
    assert on_form(loop, visit) == ["A01", "A02", f"A01-{again}"]
    assert on_form(loop, visit, "zhao") == on_form(loop, visit)
    mine = visits.my_visits(loop.db, loop.city.lin)
    assert visit.id in [row.visit.id for row in mine]
    assert {row.round.kind for row in mine if row.visit.id == visit.id} == {"reinspection"}
    assert visit.id not in [row.visit.id for row in visits.my_visits(loop.db, loop.city.chen)]


@pytest.mark.parametrize(
    ("team", "day"), [(("zhao", "lin"), TUESDAY), (("lin",), TUESDAY), (("lin", "zhao"), dt.date(2026, 11, 25))],
    ids=["another leader", "another team", "another day"],
)  # fmt: skip
def test_another_team_or_day_is_another_visit(loop: Loop, team: tuple[str, ...], day: dt.date) -> None:
    visit = ask(loop, loop.submitted(item="A01"))
    assert ask(loop, loop.submitted(item="A02"), team, day).id != visit.id


def test_a_visit_that_was_begun_takes_no_further_finding(loop: Loop) -> None:
    visit = ask(loop, loop.submitted(item="A01"))
    with clock.stopped(loop.at):
        visits.open_visit(loop.db, loop.city.zhao, visit.id or 0)
    assert ask(loop, loop.submitted(item="A02")).id != visit.id


def test_handing_it_in_passes_and_fails_each_finding_with_its_photo_and_note(loop: Loop, hands: Hands) -> None:
    good, bad = loop.submitted(item="A01"), loop.submitted(item="A02", severity="critical")
    visit = ask(loop, good)
    ask(loop, bad)
    look, lin = on_the_spot(loop, visit), loop.city.lin
    look.rate(lin, "A01", "pass")
    look.rate(lin, "A02", "partial")
    code = refusal(look.submit)
    assert (code.code, code.params["unanswered"], code.params["missing_photos"]) == (
        "visit.incomplete", ["A02"], ["A01", "A02"],
    )  # fmt: skip
    look.rate(lin, "A02", "fail")
    shown = look.photo(hands, lin, "item:A01")
    look.photo(hands, lin, "item:A02", seed=2)
    signed(look)
    assert refusal(look.submit).params["missing_notes"] == ["A02"]
    look.rate(lin, "A02", "fail", note="仍不亮")
    assert refusal(lambda: look.submit(loop.city.zhao)).code == "visit.leader_only"
    with clock.stopped(loop.at):
        done = look.submit()
        assert look.submit() == done, "twice does no harm"
    assert (done.state, done.score, done.findings) == ("accepted", None, {})
    passed, failed = loop.read(good), loop.read(bad)
    assert (passed.state, passed.cycle) == ("submitted", 1)
    assert (failed.state, failed.cycle) == ("rectifying", 2)
    assert failed.due_at
    assert failed.due_at.isoformat()[:10] == "2026-11-25", "three working days after Friday"
    with loop.db.read() as session:
        rows = session.exec(select(Reinspection).order_by(col(Reinspection.id))).all()
        proofs = session.exec(select(Evidence).where(Evidence.subject == "reinspection")).all()
        seen = session.get_one(Visit, visit.id)
    assert [(row.result, row.comment) for row in rows] == [("pass", "现场复查合格。"), ("fail", "仍不亮")]
    assert {proof.finding_id for proof in proofs} == {good, bad}
    proof = next(proof for proof in proofs if proof.uuid == shown)
    assert proof.sha256 == proof.report_sha256, "the original stays where its reading is recorded"
    assert (seen.state, seen.total, seen.score) == ("accepted", None, None)
    assert loop.do(loop.city.wang, good, "accept").state == "closed"


def test_it_counts_for_nothing_but_its_findings(loop: Loop, hands: Hands) -> None:
    finding_id = loop.submitted(item="A01")
    before = find_rounds(loop.db, loop.city.wang).total
    visit = ask(loop, finding_id)
    look = on_the_spot(loop, visit)
    look.rate(loop.city.lin, "A01", "fail", note="未改")
    look.write(loop.city.lin, "highlight:0b3dd1a2-34aa-4f0e-8f3e-0d9f3f7f2c11", {"text": "热情"})
    look.photo(hands, loop.city.lin, "item:A01")
    signed(look)
    with clock.stopped(loop.at):
        look.submit()
        waiting = overview.waiting(loop.db, loop.city.wang)
    assert (find_rounds(loop.db, loop.city.wang).total, waiting["to_review"]) == (before, 0)
    with loop.db.read() as session:
        round_id = session.exec(select(Round.id).where(Round.kind == "reinspection")).one()
    for act in (
        lambda: rounds.close_round(loop.db, loop.city.wang, round_id or 0, 2),
        lambda: rounds.cancel_visit(loop.db, loop.city.wang, visit.id or 0, 3, "x"),
        lambda: overview.get_round(loop.db, loop.city.wang, round_id or 0),
    ):
        assert refusal(act).code == "not_found"
    assert refusal(lambda: submission.recall(loop.db, loop.city.lin, visit.id or 0)).code == "wrong_state"
    assert refusal(lambda: visits.accept_visit(loop.db, loop.city.wang, visit.id or 0, 3)).code == "wrong_state"


def test_the_page_of_the_finding_decides_only_while_nobody_began_the_visit(loop: Loop) -> None:
    first, second = loop.submitted(item="A01"), loop.submitted(item="A02")
    visit, lin = ask(loop, first), loop.city.lin
    ask(loop, second)
    loop.prove(lin, first, "reinspection")
    assert loop.do(lin, first, "pass", comment="已改").state == "submitted"
    assert on_form(loop, visit) == ["A02"], "what was decided is asked no more"
    look = on_the_spot(loop, visit)
    look.rate(lin, "A01", "pass")  # a tablet that did not hear of it yet: kept, and without effect
    look.rate(lin, "A02", "pass")
    loop.prove(lin, second, "reinspection")
    fields = {"comment": "未改", "due_on": dt.date(2026, 12, 1)}
    assert refusal(lambda: loop.do(lin, second, "fail", **fields)).code == "finding.by_visit"
    assert loop.read(second).state == "reinspection"


def test_the_last_finding_decided_elsewhere_ends_the_visit(loop: Loop) -> None:
    finding_id = loop.submitted(item="A01")
    visit, lin = ask(loop, finding_id), loop.city.lin
    loop.prove(lin, finding_id, "reinspection")
    loop.do(lin, finding_id, "pass", comment="已改")
    assert visit_of(loop, finding_id).state == "cancelled"
    assert refusal(lambda: on_the_spot(loop, visit).rate(lin, "A01", "pass")).code == "visit.not_open"


def row_of(loop: Loop, visit: Visit, done: bool = False) -> LookRow:
    found = reinspecting.find_looks(loop.db, loop.city.wang, done=done).rows
    return next(row for row in found if row.visit.id == visit.id)


def test_marketing_sees_what_is_overdue_and_gives_it_to_others(loop: Loop) -> None:
    finding_id = loop.submitted(item="A01")
    visit, city = ask(loop, finding_id), loop.city
    later = loop.at + dt.timedelta(days=6)
    with clock.stopped(later):
        assert row_of(loop, visit).overdue
        assert overview.waiting(loop.db, city.wang)["looks_overdue"] == 1
        with pytest.raises(RoundsError, match=r"due\.past"):
            reinspecting.change_look(loop.db, city.wang, visit.id or 0, visit.version, [city.chen.account_id], TUESDAY
                                     - dt.timedelta(days=1))  # fmt: skip
        for team in ([], [city.mei.account_id], [city.hu.account_id, city.chen.account_id]):
            code = refusal(
                lambda t=team: reinspecting.change_look(
                    loop.db, city.wang, visit.id or 0, visit.version, t, later.date()
                )
            ).code
            assert code == "finding.team"
        chosen = [city.chen.account_id]
        reinspecting.change_look(loop.db, city.wang, visit.id or 0, visit.version, chosen, later.date())
        code = refusal(
            lambda: reinspecting.change_look(loop.db, city.wang, visit.id or 0, visit.version, chosen, TUESDAY)
        ).code
        assert code in ("stale", "due.past")
        row = row_of(loop, visit)
        assert (row.overdue, [name for _, name in row.team]) == (False, ["陈喆"])
    loop.at = later
    loop.prove(city.chen, finding_id, "reinspection")
    assert refusal(lambda: loop.do(city.lin, finding_id, "pass", comment="好")).code == "not_found"
    assert loop.do(city.chen, finding_id, "pass", comment="好").state == "submitted"


def test_called_off_its_findings_wait_for_review_again(loop: Loop) -> None:
    first, second = loop.submitted(item="A01"), loop.submitted(item="A02")
    visit, wang = ask(loop, first), loop.city.wang
    version = ask(loop, second).version
    assert refusal(lambda: reinspecting.cancel_look(loop.db, wang, visit.id or 0, version, " ")).code == "required"
    for actor in (loop.city.lin, loop.city.fang, loop.city.adam):
        code = refusal(lambda a=actor: reinspecting.cancel_look(loop.db, a, visit.id or 0, version, "改期")).code
        assert code == "forbidden"
    code = refusal(lambda: reinspecting.cancel_look(loop.db, wang, loop.field.visit_id, 1, "改期")).code
    assert code == "not_found", "an ordinary visit is none"
    with clock.stopped(loop.at):
        reinspecting.cancel_look(loop.db, wang, visit.id or 0, version, "改期")
    assert [loop.read(one).state for one in (first, second)] == ["submitted", "submitted"]
    assert [row.visit.id for row in reinspecting.find_looks(loop.db, wang).rows] == []
    assert {finding.id for finding in row_of(loop, visit, done=True).findings} == {first, second}
    code = refusal(lambda: reinspecting.cancel_look(loop.db, wang, visit.id or 0, version + 1, "改期")).code
    assert code == "wrong_state"


def test_one_finding_is_taken_out_and_the_others_stay(loop: Loop) -> None:
    first, second = loop.submitted(item="A01"), loop.submitted(item="A02")
    visit = ask(loop, first)
    ask(loop, second)
    assert loop.do(loop.city.wang, first, "cancel_reinspection", reason="资料已足").state == "submitted"
    assert on_form(loop, visit) == ["A02"]
    assert visit_of(loop, second).state == "planned"


def test_a_finding_that_changed_meanwhile_holds_the_whole_look_back(loop: Loop, hands: Hands) -> None:
    """Nothing is half done: the visit stays open when one of its findings cannot be decided by this leader."""
    good, own = loop.submitted(item="A01"), loop.submitted(item="A02")
    visit, lin = ask(loop, good), loop.city.lin
    ask(loop, own)
    look = on_the_spot(loop, visit)
    for code, seed in (("A01", 1), ("A02", 2)):
        look.rate(lin, code, "pass")
        look.photo(hands, lin, f"item:{code}", seed=seed)
    signed(look)
    with loop.db.write() as session:
        proof = session.exec(select(Evidence).where(Evidence.finding_id == own)).first()
        assert proof
        proof.account_id = lin.account_id
        session.add(proof)
    assert refusal(look.submit).code == "finding.own_rectification"
    assert [loop.read(one).state for one in (good, own)] == ["reinspection", "reinspection"]
    assert look.visit().state == "open"
