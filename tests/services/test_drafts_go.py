"""Drafts of findings go when their visit is taken back or called off, with whatever hangs on them by then."""

from sqlmodel import SQLModel, col, select

from audit.db.models import Event, Finding, MessageLine, Visit
from audit.services import findings, rounds, submission, visits
from audit.services.loop import conversation
from audit.services.messages.relay import relay_all
from tests.field import Field
from tests.hands import Hands

AFTER_ISSUE = {
    "rectification", "objection", "extension", "support_request", "reinspection", "delegation",
    "escalation",
}  # fmt: skip


def drafts(field: Field, visit_id: int = 0) -> list[Finding]:
    with field.db.read() as session:
        query = select(Finding).where(Finding.visit_id == (visit_id or field.visit_id)).order_by(col(Finding.id))
        return list(session.exec(query).all())


def talked_about(field: Field, finding_id: int) -> None:
    """Marketing opened the draft, said something to the approver, and the message was told."""
    city = field.city
    conversation.see(field.db, city.wang, finding_id)
    conversation.say(field.db, city.wang, finding_id, "证据不足", [city.fang.account_id])
    relay_all(field.db)
    with field.db.read() as session:
        assert session.exec(select(MessageLine).where(MessageLine.finding_id == finding_id)).all()


def test_a_visit_is_recalled_though_its_draft_was_seen_and_spoken_about(field: Field, hands: Hands) -> None:
    lin = field.city.lin
    field.fill(hands, lin, A03="fail")
    field.submit()
    (draft,) = drafts(field)
    talked_about(field, draft.id or 0)
    assert submission.recall(field.db, lin, field.visit_id).state == "open"
    assert drafts(field) == []
    with field.db.read() as session:
        (gone,) = session.exec(select(Event).where(Event.verb == "finding.draft_removed")).all()
    assert gone.data["said"] == [{"account_id": field.city.wang.account_id, "text": "证据不足"}]
    relay_all(field.db)
    assert field.submit().findings == {"nonconformity": 1}


def test_a_draft_without_a_cause_any_more_goes_though_it_was_spoken_about(field: Field, hands: Hands) -> None:
    lin, wang = field.city.lin, field.city.wang
    field.fill(hands, lin, A01="fail", A03="fail")
    field.submit()
    first, _ = drafts(field)
    talked_about(field, first.id or 0)
    visits.send_back_visit(field.db, wang, field.visit_id, field.visit().version, "请核实")
    visits.open_visit(field.db, lin, field.visit_id)
    field.rate(lin, "A01", "pass")
    assert field.submit().findings == {"nonconformity": 1}


def test_what_was_merged_into_a_draft_that_goes_is_a_draft_again(field: Field, hands: Hands) -> None:
    lin = field.city.lin
    field.fill(hands, lin, A03="fail")
    field.submit()
    (kept,) = drafts(field)
    with field.db.write() as session:
        given = kept.model_dump(exclude={"id", "visit_id", "state", "merged_into"})
        session.add(Finding(**given, visit_id=field.second_visit_id, state="merged", merged_into=kept.id))
    submission.recall(field.db, lin, field.visit_id)
    (again,) = drafts(field, field.second_visit_id)
    assert (again.state, again.merged_into, again.version) == ("draft", None, kept.version + 1)


def test_a_visit_that_is_called_off_leaves_no_drafts_of_an_earlier_submission(field: Field, hands: Hands) -> None:
    lin, wang = field.city.lin, field.city.wang
    field.fill(hands, lin, A01="fail", A03="fail")
    field.submit()
    visits.send_back_visit(field.db, wang, field.visit_id, field.visit().version, "重来")
    visits.open_visit(field.db, lin, field.visit_id)
    assert len(drafts(field)) == 2
    rounds.cancel_visit(field.db, wang, field.visit_id, field.visit().version, "营业厅停业")
    with field.db.read() as session:
        assert session.get_one(Visit, field.visit_id).state == "cancelled"
    assert drafts(field) == []


def test_every_table_that_refers_to_findings_is_known_to_the_removal_or_comes_after_issue() -> None:
    referring = {
        table.name
        for table in SQLModel.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name == "finding" and key.parent.name == "finding_id"
    }
    hanging = {table.__tablename__ for table in findings.HANGING}
    assert referring == hanging | AFTER_ISSUE
    assert not hanging & AFTER_ISSUE
