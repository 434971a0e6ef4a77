"""Can the history be trusted: the chain, the head row, and the heads noted outside; every fault with its name.

What the chain itself shows is an edit, a deletion, a changed order. Somebody who also computes all later links anew, or
cuts off the end and sets the head row to match, is found by the heads noted elsewhere.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import ChainHead, Event
from audit.domain.events import FIRST, Happening, link
from audit.services.heads import Noted, Unreadable

PAGE = 5_000  # events read at a time
SWAPS = 200  # broken events among which places are compared: a history in pieces needs no finer diagnosis


@dataclass
class Walk:
    """What a walk through the chain found: how many events, the last one's hash, those that are broken."""

    checked: int = 0
    last: int = 0
    sha256: str = FIRST
    broken: dict[int, Event] = field(default_factory=dict)
    gaps: list[tuple[int, int]] = field(default_factory=list)
    loose: list[int] = field(default_factory=list)  # whole in themselves, but not following the event before
    refuted: list[tuple[Noted, str]] = field(default_factory=list)


def verify_history(db: Database, noted: Iterable[Noted | Unreadable] = ()) -> tuple[int, list[str]]:
    """Walk the chain; returns how many events were read, and one line in English for each fault."""
    lines = list(noted)
    heads = [line for line in lines if isinstance(line, Noted)]
    with db.read() as session:
        head = session.get(ChainHead, 1)
        walk = _walk(session, heads)
    faults = [f"{line.file}: line {line.line} cannot be read" for line in lines if isinstance(line, Unreadable)]
    faults += _chain_faults(walk)
    faults += _head_faults(walk, head)
    for line, what in walk.refuted:
        faults.append(f"{what} (noted on {line.day} in {line.file})")
    return walk.checked, faults


def _walk(session: Session, heads: list[Noted]) -> Walk:
    walk = Walk()
    at: dict[int, list[Noted]] = {}
    for line in heads:
        at.setdefault(line.seq, []).append(line)
    for event in _events(session):
        walk.checked += 1
        if event.seq < 1:
            walk.broken[event.seq] = event
            continue
        if event.seq != walk.last + 1:
            walk.gaps.append((walk.last + 1, event.seq - 1))
        elif event.previous_sha256 != walk.sha256:
            walk.loose.append(event.seq)
        if _linked(event, event.previous_sha256, event.seq) != event.sha256:
            walk.broken[event.seq] = event
        walk.last, walk.sha256 = event.seq, event.sha256
        for line in at.pop(event.seq, ()):
            if line.sha256 != event.sha256:
                walk.refuted.append((line, f"event {event.seq} is not the one that stood there: history was rewritten"))
    for seq, lines in sorted(at.items()):
        what = f"the history was cut off: {seq} events were there, {walk.last} are left"
        walk.refuted += [(line, what) for line in lines if seq > walk.last]
    return walk


def _events(session: Session) -> Iterator[Event]:
    after = -(2**31)  # also what somebody put before the first
    while True:
        query = select(Event).where(col(Event.seq) > after).order_by(col(Event.seq)).limit(PAGE)
        events = session.exec(query).all()
        for event in events:
            session.expunge(event)
            yield event
        if len(events) < PAGE:
            return
        after = events[-1].seq


def _linked(event: Event, previous: str, seq: int) -> str:
    happening = Happening(
        event.at, event.account_id, event.device, event.verb, event.subject_kind, event.subject_id, event.data
    )
    return link(previous, seq, happening)


def _chain_faults(walk: Walk) -> list[str]:
    faults = []
    for first, last in walk.gaps:
        many = last > first
        faults.append(f"events {first} to {last} are missing" if many else f"event {first} is missing")
    moved = _moved(walk)
    for seq in walk.broken:
        if seq in moved:
            faults.append(f"event {seq} stands in the wrong place: it was event {moved[seq]}")
        else:
            faults.append(f"event {seq} was changed")
    explained = set(walk.broken) | {seq + 1 for seq in walk.broken}
    faults += [f"event {seq} does not follow event {seq - 1}" for seq in walk.loose if seq not in explained]
    return faults


def _moved(walk: Walk) -> dict[int, int]:
    """Broken events that are whole in another place: where each stands now → where it stood."""
    places = set(walk.broken) | {seq for first, last in walk.gaps for seq in range(first, min(last, first + SWAPS) + 1)}
    if len(places) > SWAPS:
        return {}
    found = {}
    for seq, event in walk.broken.items():
        for place in places - {seq}:
            other = walk.broken.get(place)
            whole_row = _linked(event, event.previous_sha256, place) == event.sha256
            if whole_row or (other and _linked(event, other.previous_sha256, place) == other.sha256):
                found[seq] = place
    return found


def _head_faults(walk: Walk, head: ChainHead | None) -> list[str]:
    if head is None:
        return ["the head row is missing"]
    if head.seq > walk.last:
        many = f"events {walk.last + 1} to {head.seq}" if head.seq > walk.last + 1 else f"event {head.seq}"
        return [f"{many} at the end missing: the head row says {head.seq} events, the last one there is {walk.last}"]
    if head.seq < walk.last:
        return [f"the head row was changed: it says {head.seq} events, the last one there is {walk.last}"]
    if head.sha256 != walk.sha256:
        return [f"the head row was changed: its hash is not that of event {walk.last}"]
    return []
