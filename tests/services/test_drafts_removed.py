"""Drafts go with their cause, also when people have looked at them and talked about them: nothing they said is lost."""

from collections.abc import Callable

import pytest
from sqlalchemy import inspect
from sqlmodel import SQLModel, select

from audit.db.models import Comment, Event, Evidence, Message, MessageLine, Seen
from audit.services import submission, visits
from audit.services.findings import HANGING
from audit.services.loop import conversation
from audit.services.loop.rectifying import File, add_evidence
from audit.services.messages.relay import relay_all
from tests.field import Field, new_uuid
from tests.hands import Hands
from tests.services.test_submission import findings_of

# What can only hang on a finding once its visit is accepted and it has left the state in which it was drafted.
LATER = {
    "rectification", "objection", "extension", "support_request", "reinspection", "delegation",
    "escalation",
}  # fmt: skip


def recalled(field: Field) -> None:
    submission.recall(field.db, field.city.lin, field.visit_id)


def mended(field: Field) -> None:
    visits.send_back_visit(field.db, field.city.wang, field.visit_id, field.visit().version, "请核对")
    field.rate(field.city.lin, "A03", "pass")
    field.submit()


@pytest.mark.parametrize("goes", [recalled, mended])
def test_a_draft_that_was_seen_and_talked_about_goes_and_what_was_said_stays_in_the_history(
    field: Field, hands: Hands, goes: Callable[[Field], None]
) -> None:
    city = field.city
    field.fill(hands, city.lin, A03="fail")
    field.submit()
    (draft,) = findings_of(field)
    number = draft.id or 0
    conversation.see(field.db, city.wang, number)
    shot = File(new_uuid(), "photo", "image/jpeg", "a" * 64, 9)
    add_evidence(field.db, city.wang, number, "comment", shot)
    conversation.say(field.db, city.wang, number, "灯箱是停电，请核对", [city.lin.account_id], [shot.uuid])
    relay_all(field.db)
    with field.db.read() as session:
        assert session.exec(select(MessageLine).where(MessageLine.finding_id == number)).all()
    goes(field)
    assert findings_of(field) == []
    with field.db.read() as session:
        for table in (Seen, Comment, Evidence, MessageLine):
            assert session.exec(select(table).where(table.finding_id == number)).all() == []
        removed = session.exec(select(Event).where(Event.verb == "finding.draft_removed")).one()
        told = session.exec(select(Message).where(Message.account_id == city.lin.account_id)).all()
    (said,) = removed.data["said"]
    assert (said["account_id"], said["text"]) == (city.wang.account_id, "灯箱是停电，请核对")
    assert "mentioned" in [message.code for message in told], "what was told stays told"


def test_a_draft_about_which_nothing_was_said_goes_without_a_word(field: Field, hands: Hands) -> None:
    field.fill(hands, field.city.lin, A03="fail")
    field.submit()
    recalled(field)
    with field.db.read() as session:
        removed = session.exec(select(Event).where(Event.verb == "finding.draft_removed")).one()
    assert "said" not in removed.data


def test_every_table_that_leads_to_a_finding_was_thought_of() -> None:
    leading = {
        table.name
        for table in SQLModel.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name == "finding" and table.name != "finding"
    }
    hanging = {inspect(model).local_table.name for model in HANGING}
    assert hanging | LATER == leading
    assert not hanging & LATER
