"""What happens in one visit: ratings, notes, photos, highlights, campaign answers, remarks and the signature.

A script is made from a seed and the checklist alone; `visits` plays it through the services. Quality decides how much
goes wrong: 88 means that about 12 of 100 points are lost, spread over the items at random, two thirds of them by items
that are partly right.
"""

import datetime as dt
import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from audit.demo.pictures import SCENES
from audit.demo.shots import Shot
from audit.demo.texts import read
from audit.domain.checklist import Checklist, Item, visible_items
from audit.domain.meeting import text_sha256

CONDITION = {"pass": "good", "partial": "partial", "fail": "bad"}
LOSS = 0.65 * 0.5 + 0.35  # of an item's points, when something is wrong with it: partly right in 65 of 100 cases
CRITICAL_VISITS = 0.06  # share of visits with a failed critical item
CRITICAL_ITEM = "A11"  # the one that fails in visits which must have a critical finding: fire extinguishers
PHOTO_OF_PARTIAL, ON_THE_SPOT, NOTE_OF_PASS = 0.25, 0.1, 0.04


@dataclass(frozen=True)
class Place:
    """The outlet as a script needs it: `code` seeds its looks; `at`: latitude, longitude; `absent`: item → why N/A."""

    code: str
    at: tuple[float, float]
    manager: str
    absent: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One revision to send, `minute` minutes into the visit. `by`: 0 the leader, 1 the team mate."""

    uuid: str
    subject: str
    body: dict[str, Any]
    minute: int
    by: int = 0
    bases: tuple[str, ...] = ()


@dataclass
class Script:
    """A visit from its first tap: entries and shots in the order they happen."""

    entries: list[Entry] = field(default_factory=list)
    shots: list[Shot] = field(default_factory=list)


def identifier(rng: random.Random) -> str:
    """A UUID out of the seeded source."""
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


class Writer:
    """Writes one script; `start` is the aware instant of the first tap."""

    def __init__(self, rng: random.Random, checklist: Checklist, place: Place, start: dt.datetime) -> None:
        self.rng = rng
        self.checklist = checklist
        self.place = place
        self.start = start
        self.minute = 0
        self.script = Script()
        self.phrases = read("phrases")

    def whole(
        self, quality: float, campaigns: Mapping[int, list[str]], *, later: bool, covert: bool, critical: bool = False
    ) -> Script:
        """The visit from front to signature.

        `campaigns`: id → question codes; `later`: one item is left for dusk; `critical`: one fails that must not.
        """
        self.photo("overview", "overview", "front", "good")
        ratings = self._ratings(quality, later)
        if critical:
            ratings[CRITICAL_ITEM] = "fail"
        for item in visible_items(self.checklist, ratings):
            self._answer(item, ratings[item.code] or "pass")
        self._highlights(ratings, 1 if self.rng.random() < 0.75 else 2)
        for campaign, questions in campaigns.items():
            for question in questions:
                rating = self._weighted({"pass": 78, "partial": 15, "fail": 7})
                self.enter(f"campaign:{campaign}:{question}", {"rating": rating, "note": ""})
        self.enter("remarks", {"text": self.rng.choice(self.phrases["remarks"])})
        self._signature(covert)
        return self.script

    def part(self, quality: float, share: float) -> Script:
        """A visit under way: the first `share` of its items."""
        self.photo("overview", "overview", "front", "good")
        ratings = self._ratings(quality, later=False)
        items = visible_items(self.checklist, ratings)
        for item in items[: round(len(items) * share)]:
            self._answer(item, ratings[item.code] or "pass")
        return self.script

    def _ratings(self, quality: float, later: bool) -> dict[str, str | None]:
        wrong = max(0.02, (100 - quality) / 100) / LOSS
        ratings: dict[str, str | None] = {}
        for item in self.checklist.items():
            share = wrong * self.rng.uniform(0.5, 1.5)
            if item.code in self.place.absent:
                ratings[item.code] = "na"
            elif self.rng.random() >= share * (0.25 if item.critical else 1.12):
                ratings[item.code] = "na" if self.rng.random() < 0.006 and not item.critical else "pass"
            else:
                ratings[item.code] = "partial" if item.critical or self.rng.random() < 0.65 else "fail"
        if self.rng.random() < CRITICAL_VISITS:
            ratings[self.rng.choice([item.code for item in self.checklist.items() if item.critical])] = "fail"
        if later:
            ratings["A01"] = "later"
        return ratings

    def _answer(self, item: Item, rating: str) -> None:
        subject = f"item:{item.code}"
        body: dict[str, Any] = {
            "rating": rating,
            "note": "",
            "reason": "",
            "later_on": None,
            "corrected_on_spot": False,
        }
        scene = item.code in SCENES
        if rating in ("partial", "fail"):
            body["note"] = self.rng.choice(read("observations")[item.code][rating])
            critical = item.critical and rating == "fail"  # takes more than a few minutes
            body["corrected_on_spot"] = scene and self.rng.random() < ON_THE_SPOT and not critical
        elif rating == "na":
            body["reason"] = self.place.absent.get(item.code) or self.rng.choice(self.phrases["na_reasons"])
        elif rating == "later":
            body["later_on"] = (self.start.date() + dt.timedelta(days=1)).isoformat()
        elif self.rng.random() < NOTE_OF_PASS:
            body["note"] = self.rng.choice(self.phrases["notes"])
        if body["corrected_on_spot"]:
            photos = ["before", "after"]
        else:
            asked = item.photo == "always" or (rating == "fail" and item.photo == "on_fail")
            wanted = rating == "partial" and scene and self.rng.random() < PHOTO_OF_PARTIAL
            photos = ["evidence"] if rating in CONDITION and (asked or wanted) else []
        self.enter(subject, body)
        for role in photos:
            self.photo(subject, role, item.code, "fixed" if role == "after" else CONDITION[rating])

    def _highlights(self, ratings: Mapping[str, str | None], count: int) -> None:
        fitting = [entry for entry in self.phrases["highlights"] if ratings.get(entry["item"]) == "pass"]
        for entry in self.rng.sample(fitting, min(count, len(fitting))):
            subject = f"highlight:{identifier(self.rng)}"
            self.enter(subject, {"text": entry["text"], "item_code": entry["item"], "removed": False})
            self.photo(subject, "evidence", entry["item"] if entry["item"] in SCENES else "inside", "good")

    def _signature(self, covert: bool) -> None:
        status = "covert" if covert else self._weighted({"signed": 94, "absent": 4, "refused": 2})
        drawn = self.photo("signature", "signature", "", "good", self.place.manager) if status == "signed" else None
        note = "" if drawn else self.phrases[f"{status}_note"]
        body = {"status": status, "name": self.place.manager if drawn else "", "photo_uuid": drawn, "note": note}
        self.enter("signature", body)

    def photo(self, attached_to: str, role: str, scene: str, condition: str, signer: str = "") -> str:
        """The photo and its revision; gives its UUID."""
        name = identifier(self.rng)
        shot = Shot(name, attached_to, role, self.minute, scene, condition, self.place.code, signer)
        latitude, longitude = self.place.at
        body: dict[str, Any] = {
            "attached_to": attached_to,
            "role": role,
            "caption": "",
            "captured_at": self.at(self.minute).isoformat(),
            "captured_source": "device" if signer else "camera",
            "place": {
                "lat": round(latitude + self.rng.gauss(0, 0.0001), 6),
                "lon": round(longitude + self.rng.gauss(0, 0.0001), 6),
                "accuracy": float(self.rng.randint(4, 30)),
            },
            "overlay": [],
            "mosaic": [],
            "removed": False,
        }
        if condition == "bad" and not signer and self.rng.random() < 0.35:
            x, y = self.rng.uniform(0.2, 0.45), self.rng.uniform(0.2, 0.4)
            box = {"type": "box", "x1": x, "y1": y, "x2": x + 0.3, "y2": y + 0.3, "text": "", "colour": "#e5342b"}
            body["overlay"] = [
                {key: round(value, 3) if isinstance(value, float) else value for key, value in box.items()}
            ]
        if scene == "A12":  # papers of customers are made unreadable
            body["mosaic"] = [{"x": 0.05, "y": 0.4, "w": 0.65, "h": 0.5}]
        self.script.entries.append(Entry(identifier(self.rng), f"photo:{name}", body, self.minute))
        self.script.shots.append(shot)
        return name

    def enter(self, subject: str, body: dict[str, Any]) -> None:
        """A revision, a minute or more after the one before."""
        self.minute += self.rng.choice((1, 1, 2, 2, 3))
        by = 1 if self.rng.random() < 0.3 else 0
        self.script.entries.append(Entry(identifier(self.rng), subject, body, self.minute, by))

    def at(self, minute: int) -> dt.datetime:
        """The instant so many minutes into the visit."""
        return self.start + dt.timedelta(minutes=minute)

    def _weighted(self, shares: Mapping[str, int]) -> str:
        return self.rng.choices(list(shares), weights=list(shares.values()))[0]


@dataclass(frozen=True)
class Guests:
    """Who meets at the end of an assignment: inspectors and the branch's people, as (name, role)."""

    inspectors: tuple[tuple[str, str], ...]
    hosts: tuple[tuple[str, str], ...]


def meeting(writer: Writer, guests: Guests) -> Script:
    """The exit meeting of an assignment: who, what the branch thinks, what was agreed, both sides' signatures."""
    rng, phrases = writer.rng, writer.phrases
    writer.photo("communication", "overview", "meeting", "good")
    writer.minute += 30
    signers = (guests.inspectors[0][0], guests.hosts[0][0])
    drawn = [(name, writer.photo("communication", "signature", "", "good", name)) for name in signers]
    people = (*guests.inspectors, *guests.hosts)
    body: dict[str, Any] = {
        "held_at": writer.start.isoformat(),
        "place": rng.choice(phrases["places"]),
        "participants": [{"name": name, "role": role} for name, role in people],
        "opinion": rng.choice(phrases["opinions"]),
        "agreed": rng.choice(phrases["agreed"]),
    }
    signed = text_sha256(body)
    body["signatures"] = [{"name": name, "photo_uuid": uuid, "text_sha256": signed} for name, uuid in drawn]
    writer.enter("communication", body)
    return writer.script


def late_answer(writer: Writer, standing: Entry) -> Script:
    """The answer to an item that was left for later, on the evening it was left for."""
    body = {**standing.body, "rating": "pass", "later_on": None}
    entry = Entry(identifier(writer.rng), standing.subject, body, 0, bases=(standing.uuid,))
    writer.script.entries.append(entry)
    writer.photo(standing.subject, "evidence", standing.subject.removeprefix("item:"), "good")
    return writer.script
