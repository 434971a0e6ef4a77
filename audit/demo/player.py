"""Playing scripts through the services, as tablets and marketing would: revisions, photos, submission, review."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import insert

from audit.db.engine import Database
from audit.db.models import Revision
from audit.demo.darkroom import Darkroom
from audit.demo.script import Entry, Script
from audit.demo.shots import Order
from audit.domain.permissions import Actor
from audit.domain.revisions import Known, check
from audit.photos.store import PhotoStore
from audit.services import clock, photos, submission, visits
from audit.services.access import visit_for
from audit.services.photos import Upload
from audit.services.revisions import Record, receive
from audit.services.submission import Manifest
from audit.services.visit_content import known_to
from audit.services.work import unit_of_work


@dataclass(frozen=True)
class Tablet:
    """Where a script is played: the assignment (and visit), the two people of the team, the instant of minute 0."""

    assignment_id: int
    visit_id: int | None
    team: tuple[Actor, Actor]
    start: dt.datetime

    def at(self, minute: float) -> dt.datetime:
        """The instant so many minutes after the start."""
        return self.start + dt.timedelta(minutes=minute)


def orders(script: Script, start: dt.datetime) -> list[Order]:
    """The photos that `play` will ask for, in its order."""
    mosaics = {entry.subject: entry.body.get("mosaic") or [] for entry in script.entries}
    return [
        Order(shot, start + dt.timedelta(minutes=shot.minute), tuple(mosaics[f"photo:{shot.uuid}"]))
        for shot in script.shots
    ]


def play(db: Database, store: PhotoStore, room: Darkroom, tablet: Tablet, script: Script) -> Manifest:
    """Send everything of a script; gives the manifest for submission."""
    if tablet.visit_id and not any(entry.bases for entry in script.entries):
        _enter_together(db, tablet, script)
    else:
        for entry in script.entries:
            with clock.stopped(tablet.at(entry.minute + 0.1)):
                receive(db, tablet.team[entry.by], _record(tablet, entry))
    hashes: dict[str, str] = {}
    for entry in script.entries:
        if entry.subject.startswith("photo:"):
            name = entry.subject.removeprefix("photo:")
            with clock.stopped(tablet.at(entry.minute + 0.2)):
                hashes[name] = _send_photo(db, store, room, tablet, entry, name)
    return Manifest(frozenset(entry.uuid for entry in script.entries), hashes)


def _enter_together(db: Database, tablet: Tablet, script: Script) -> None:
    """The revisions of a whole visit in one unit of work, checked like those that come one by one.

    One by one they would take 5 ms each, two minutes for the city.
    """
    with clock.stopped(tablet.start), unit_of_work(db, tablet.team[0]) as work:
        access = visit_for(work.session, tablet.team[0], "visit.conduct", tablet.visit_id or 0, lock=True)
        visits.open_if_needed(work, access)
        known: dict[str, Known] = {}
        rows = []
        for entry in script.entries:
            kind = entry.subject.partition(":")[0]
            about = entry.subject if kind == "campaign" else kind
            if about not in known:
                known[about] = known_to(work.session, access.visit, entry.subject)
            check(entry.subject, entry.body, known[about], in_visit=True)
            record = _record(tablet, entry)
            work.actor, work.now = tablet.team[entry.by], tablet.at(entry.minute + 0.1)
            sha256 = record.sha256()
            rows.append(
                {
                    "uuid": record.uuid,
                    "assignment_id": record.assignment_id,
                    "visit_id": record.visit_id,
                    "subject": record.subject,
                    "bases": list(record.bases),
                    "body": record.body,
                    "body_sha256": sha256,
                    "account_id": work.actor.account_id,
                    "device": work.actor.device,
                    "device_at": record.device_at,
                    "received_at": work.now,
                }
            )
            told = {"uuid": entry.uuid, "subject": entry.subject, "body_sha256": sha256}
            work.record("revision.received", "visit", tablet.visit_id, **told)
        work.session.execute(insert(Revision), rows)


def _record(tablet: Tablet, entry: Entry) -> Record:
    return Record(
        uuid=entry.uuid,
        assignment_id=tablet.assignment_id,
        visit_id=tablet.visit_id,
        subject=entry.subject,
        body=entry.body,
        device_at=tablet.at(entry.minute),
        bases=entry.bases,
    )


def _send_photo(db: Database, store: PhotoStore, room: Darkroom, tablet: Tablet, entry: Entry, name: str) -> str:
    found = room.take(name)
    upload = Upload(
        uuid=name,
        assignment_id=tablet.assignment_id,
        visit_id=tablet.visit_id,
        subject=entry.body["attached_to"],
        captured_at=tablet.at(entry.minute),
        captured_source=entry.body["captured_source"],
        sha256=found.sha256,
    )
    photos.keep(db, tablet.team[entry.by], store, upload, found, list(entry.body["mosaic"]))
    return found.sha256


def hand_in(db: Database, tablet: Tablet, manifest: Manifest, minute: int) -> None:
    """The leader submits the visit."""
    with clock.stopped(tablet.at(minute)):
        submission.submit(db, tablet.team[0], tablet.visit_id or 0, manifest)


def accept(db: Database, marketing: Actor, visit_id: int, at: dt.datetime) -> None:
    """Marketing opens a submitted visit and accepts it."""
    with clock.stopped(at):
        detail = visits.open_for_review(db, marketing, visit_id)
        visits.accept_visit(db, marketing, visit_id, detail.row.visit.version)


def send_back(db: Database, marketing: Actor, visit_id: int, comment: str, at: dt.datetime) -> None:
    """Marketing opens a submitted visit and sends it back."""
    with clock.stopped(at):
        detail = visits.open_for_review(db, marketing, visit_id)
        visits.send_back_visit(db, marketing, visit_id, detail.row.visit.version, comment)
