"""The relay: reads the history from where it stopped, and tells people what concerns them.

Events are numbered while the chain's head is locked, so they become visible in the order of their numbers and none
turns up later below the position. Messages and the new position are one transaction: killed at any moment, the relay
has told of an event once or not at all, and goes on from there.
"""

from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import ChainHead, Event, RelayPosition
from audit.domain.messages import SHARED, Rule, rules_for
from audit.services.messages.audience import audience
from audit.services.messages.facts import Facts, facts_of
from audit.services.messages.gathering import gather
from audit.services.messages.posting import Note, post

AT_ONCE = 200  # events in one transaction


def relay(db: Database, limit: int = AT_ONCE) -> int:
    """Tell of the next events; returns how many were read, 0 when everything was told."""
    with db.read() as session:
        if session.get_one(RelayPosition, 1).seq >= session.get_one(ChainHead, 1).seq:
            return 0
    with db.write() as session:
        position = session.exec(select(RelayPosition).where(RelayPosition.id == 1).with_for_update()).one()
        query = select(Event).where(col(Event.seq) > position.seq).order_by(col(Event.seq)).limit(limit)
        events = session.exec(query).all()
        for event in events:
            _tell(session, event)
        if events:
            position.seq = events[-1].seq
            session.add(position)
        return len(events)


def relay_all(db: Database) -> None:
    """Tell of everything that has happened so far."""
    while relay(db):
        pass


def _tell(session: Session, event: Event) -> None:
    rules = rules_for(event.verb)
    facts = facts_of(session, event) if rules else None
    if facts is None:
        return
    told: dict[int, Rule] = {}
    for rule in rules:
        for account_id in audience(session, rule.to, facts):
            if account_id != event.account_id:
                told.setdefault(account_id, rule)
    notes = [(rule.gathered, _note(one, rule, facts)) for one, rule in told.items()]
    post(session, f"event:{event.seq}", event.at, [note for gathered, note in notes if not gathered])
    gather(session, event, [note for gathered, note in notes if gathered])


def _note(account_id: int, rule: Rule, facts: Facts) -> Note:
    return Note(
        account_id, rule.code, rule.urgent, rule.urgent, rule.to in SHARED, facts.kind, facts.id, facts.params,
        dict.fromkeys(facts.findings, rule.code),
    )  # fmt: skip
