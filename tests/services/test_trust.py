"""A history that tells when somebody has been at it, and says where; documents and photos that are what they were."""

import datetime as dt
import hashlib
import os
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import select

from audit.db.models import ChecklistVersion, Document, ReferencePhoto
from audit.photos.local import LocalStore
from audit.services import checklists, clock, heads, trust
from audit.services.history import verify_history
from audit.services.installation import Installation
from audit.services.work import unit_of_work
from tests.factories import NOW, City

TRIGGERS = {"sqlite": "DROP TRIGGER event_refuses_{act}", "postgresql": "DROP TRIGGER event_refuses_{act} ON event"}


@pytest.fixture
def history(city: City) -> City:
    """A city in whose history six things stand."""
    with clock.stopped(NOW):
        write(city, 6)
    return city


def write(city: City, events: int) -> None:
    """Add to the history as a service does."""
    for number in range(events):
        with unit_of_work(city.db, city.lin) as work:
            work.record("test.wrote", "test", number, text="整改 “ok” \u2028", share=0.1 + 0.2, list=[1, None, True])


def tamper(city: City, *statements: str) -> None:
    """Do what somebody with the database's own password can do: take the triggers away first."""
    with city.db.write() as session:
        kind = session.get_bind().dialect.name
        for act in ("update", "delete"):
            session.execute(text(TRIGGERS[kind].format(act=act)))
        for statement in statements:
            session.execute(text(statement))


SWAP_ROWS = (
    "UPDATE event SET seq = 100 WHERE seq = 2",
    "UPDATE event SET seq = 2 WHERE seq = 3",
    "UPDATE event SET seq = 3 WHERE seq = 100",
)
SWAP_CONTENTS = ("UPDATE event SET subject_id = CASE seq WHEN 3 THEN '3' ELSE '2' END WHERE seq IN (3, 4)",)
CUT = ("DELETE FROM event WHERE seq > 4",)
HEAD_TO_MATCH = "UPDATE chain_head SET seq = 4, sha256 = (SELECT sha256 FROM event WHERE seq = 4)"
TAMPERING = {
    "edited": (("UPDATE event SET verb = 'test.read' WHERE seq = 3",), ["event 3 was changed"]),
    "given to another": (("UPDATE event SET account_id = NULL WHERE seq = 2",), ["event 2 was changed"]),
    "two edited": (
        ("UPDATE event SET device = 'x' WHERE seq IN (2, 5)",),
        ["event 2 was changed", "event 5 was changed"],
    ),
    "last edited": (("UPDATE event SET device = 'x' WHERE seq = 6",), ["event 6 was changed"]),
    "deleted": (("DELETE FROM event WHERE seq = 4",), ["event 4 is missing"]),
    "first ones deleted": (("DELETE FROM event WHERE seq < 3",), ["events 1 to 2 are missing"]),
    "rows reordered": (
        SWAP_ROWS,
        ["event 2 stands in the wrong place: it was event 3", "event 3 stands in the wrong place: it was event 2"],
    ),
    "contents reordered": (
        SWAP_CONTENTS,
        ["event 3 stands in the wrong place: it was event 4", "event 4 stands in the wrong place: it was event 3"],
    ),
    "moved": (
        ("UPDATE event SET seq = 0 WHERE seq = 4",),
        ["event 4 is missing", "event 0 stands in the wrong place: it was event 4"],
    ),
    "cut off": (CUT, ["events 5 to 6 at the end missing: the head row says 6 events, the last one there is 4"]),
    "head set back": (
        (HEAD_TO_MATCH,),
        ["the head row was changed: it says 4 events, the last one there is 6"],
    ),
    "head's hash changed": (
        ("UPDATE chain_head SET sha256 = (SELECT sha256 FROM event WHERE seq = 4)",),
        ["the head row was changed: its hash is not that of event 6"],
    ),
    "head deleted": (("DELETE FROM chain_head",), ["the head row is missing"]),
}


def test_an_untouched_history_is_intact(history: City) -> None:
    assert verify_history(history.db) == (6, [])


@pytest.mark.parametrize(("statements", "faults"), TAMPERING.values(), ids=TAMPERING.keys())
def test_every_tampering_is_found_and_named(history: City, statements: tuple[str, ...], faults: list[str]) -> None:
    tamper(history, *statements)
    assert verify_history(history.db)[1] == faults


@pytest.mark.parametrize("statement", ["UPDATE event SET verb = 'x'", "DELETE FROM event WHERE seq = 6"])
def test_the_database_itself_refuses_to_change_history(history: City, statement: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), history.db.write() as session:
        session.execute(text(statement))
    assert verify_history(history.db) == (6, [])


def test_a_cut_with_the_head_row_made_to_match_is_found_by_the_head_outside(
    history: City, house: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.settings, "heads", str(tmp_path / "share"))
    heads.note(house.db, house.settings)
    tamper(history, *CUT, HEAD_TO_MATCH)
    assert verify_history(history.db)[1] == []  # the database by itself cannot tell
    faults = trust.verify(house).faults
    assert len(faults) == 2
    for fault, folder in zip(faults, heads.folders(house.settings), strict=True):
        assert fault.startswith("the history was cut off: 6 events were there, 4 are left (noted on ")
        assert str(folder) in fault


def test_an_end_written_anew_with_all_its_links_is_found_by_the_head_outside(
    history: City, house: Installation
) -> None:
    heads.note(house.db, house.settings)
    tamper(history, *CUT, HEAD_TO_MATCH)
    write(history, 3)
    assert verify_history(history.db) == (7, [])
    (fault,) = trust.verify(house).faults
    assert fault.startswith("event 6 is not the one that stood there: history was rewritten (noted on ")


def test_the_days_head_is_noted_once_and_a_torn_line_is_named_and_spoils_no_other(
    history: City, house: Installation
) -> None:
    with clock.stopped(dt.datetime(2026, 12, 30, 15, 50, tzinfo=dt.UTC)):
        (noted,) = heads.note(house.db, house.settings)
        assert heads.note(house.db, house.settings) == ()
        assert noted.file.read_text() == f"2026-12-30 6 {noted.sha256}\n"
    with noted.file.open("a") as file:
        file.write("2026-12-31 6 0a")
    with clock.stopped(dt.datetime(2026, 12, 31, 15, 50, tzinfo=dt.UTC)):
        write(history, 1)
        heads.note(house.db, house.settings)
    assert trust.verify(house).faults == (f"{noted.file}: line 2 cannot be read",)
    assert [line.seq for line in heads.read(house.settings) if isinstance(line, heads.Noted)] == [6, 7]


def test_a_document_that_is_gone_or_another_is_named_and_what_nobody_needs_too(
    history: City, house: Installation
) -> None:
    store = house.documents
    assert isinstance(store, LocalStore)
    kept, lost, changed, orphan = (store.put_bytes(data) for data in (b"kept", b"lost", b"changed", b"nobody's"))
    with house.db.write() as session:
        for sha256 in (kept, lost, changed):
            session.add(
                Document(
                    kind="visit_report",
                    filename=f"{sha256[:4]}.pdf",
                    media_type="application/pdf",
                    sha256=sha256,
                    size=1,
                    account_id=history.wang.account_id,
                    created_at=clock.now(),
                )
            )
    assert trust.verify(house).faults == ()
    assert trust.verify(house).orphans == ()  # young: its row may be on the way
    store.delete(lost)
    store.path(changed).write_bytes(b"Changed")
    os.utime(store.path(orphan), (0, 0))
    found = trust.verify(house)
    assert [fault.split(": ")[1].split(",")[0] for fault in found.faults] == [
        "the file is missing",
        "the file was changed",
    ]
    assert found.orphans == (f"document file {orphan}",)


def test_a_photo_that_is_gone_is_named_and_one_with_other_bytes_when_all_are_read(
    city: City, house: Installation
) -> None:
    checklists.seed(city.db, None)
    store = house.photos
    assert isinstance(store, LocalStore)
    lost, changed = store.put_bytes(b"lost"), store.put_bytes(b"changed")
    with house.db.write() as session:
        version = session.exec(select(ChecklistVersion)).first()
        assert version
        session.add(
            ReferencePhoto(
                checklist_version_id=version.id or 0,
                item_code="A01",
                thumbnail_sha256=lost,
                picture_sha256=changed,
                added_at=NOW,
            )
        )
    assert trust.verify(house, deep=True).faults == ()
    store.delete(lost)
    store.path(changed).write_bytes(b"Changed")
    gone = f"photo {lost}: the file is missing"
    assert trust.verify(house).faults == (gone,)
    other = f"photo {changed}: the file was changed, its hash is {hashlib.sha256(b'Changed').hexdigest()}"
    assert set(trust.verify(house, deep=True).faults) == {gone, other}
