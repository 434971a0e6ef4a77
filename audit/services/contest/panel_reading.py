"""What the panel sees: the contestants of shared places at a last seat, and the judge's own votes; nobody else's."""

from dataclasses import dataclass

from sqlmodel import select

from audit.db.engine import Database
from audit.db.models import PanelBallot
from audit.domain.permissions import Actor, Where, authorise
from audit.services.contest import boards, scoreboard, seasons


@dataclass(frozen=True)
class Question:
    """A contestant of a shared place, how many of that place can have a seat, and whether the judge voted for them."""

    contestant_id: int
    person_zh: str
    person_en: str
    organisation_zh: str
    organisation_en: str
    seats: int
    mine: bool


def questions(db: Database, actor: Actor, season_id: int) -> list[Question]:
    """What is left to decide, by name; for judges and the organiser. Raises `not_found`, `forbidden`."""
    authorise(actor, "contest.review", Where(season_id=season_id))
    with db.read(steady=True) as session:
        season = seasons.find(session, season_id)
        asked = scoreboard.panel_questions(session, season)
        mine = set(
            session.exec(
                select(PanelBallot.contestant_id).where(
                    PanelBallot.season_id == season_id, PanelBallot.account_id == actor.account_id
                )
            ).all()
        )
    people = boards.people_of(db, season_id)
    found = []
    for key, seats in asked.items():
        person, owner = people[key]
        names = (person.name, person.name_en, owner.name_zh, owner.name_en)
        found.append(Question(int(key), *names, seats, int(key) in mine))
    return sorted(found, key=lambda one: (one.organisation_zh, one.person_zh))
