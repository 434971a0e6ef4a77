"""Seasons: made, their rules amended with a reason, moved from state to state."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from audit.config import settings
from audit.db.engine import Database
from audit.db.models import Contestant, Season, SeasonRules
from audit.domain.contest.record import canonical
from audit.domain.contest.rules import Rules, default_rules
from audit.domain.contest.season import COUNTING, SeasonState, step_for
from audit.domain.permissions import Actor, Where, authorise, authorise_somewhere, may
from audit.errors import RoundsError
from audit.services import clock, values
from audit.services.contest import editions, scoreboard, tallies
from audit.services.demo_sign_in import founded_as_demo
from audit.services.work import Work, unit_of_work

PUBLISHES = {"freeze": "freeze", "close": "final"}  # step → the kind of board that it publishes


@dataclass(frozen=True)
class SeasonValues:
    """What can be typed about a season; `rules` None: the default ones; `first`: the day on which their stages begin,
    None: as they say."""

    code: str
    name_zh: str
    name_en: str = ""
    rules: dict[str, Any] | None = None
    first: dt.date | None = None


def find_seasons(db: Database, actor: Actor) -> Sequence[Season]:
    """All seasons, the newest first; drafts only for those who run them."""
    authorise_somewhere(actor, "contest.read")
    with db.read() as session:
        rows = session.exec(select(Season).order_by(col(Season.id).desc())).all()
    return [row for row in rows if _visible(actor, row)]


def grantable_seasons(db: Database, actor: Actor) -> Sequence[Season]:
    """All seasons, drafts too, the newest first: for those who grant roles in them."""
    authorise(actor, "account.manage")
    with db.read() as session:
        return session.exec(select(Season).order_by(col(Season.id).desc())).all()


def get_season(db: Database, actor: Actor, season_id: int) -> Season:
    """One season; raises `not_found`, for a draft also to those who do not run it."""
    authorise_somewhere(actor, "contest.read")
    with db.read() as session:
        row = find(session, season_id)
    if not _visible(actor, row):
        raise RoundsError("not_found")
    return row


def current_season(db: Database) -> Season | None:
    """The season that the public pages show: the newest one that is no draft."""
    with db.read() as session:
        query = select(Season).where(Season.state != SeasonState.DRAFT).order_by(col(Season.id).desc())
        return session.exec(query.limit(1)).first()


def versions_of_rules(db: Database, actor: Actor, season_id: int) -> Sequence[SeasonRules]:
    """Every version of a season's rules with its reason, the newest first."""
    get_season(db, actor, season_id)
    with db.read() as session:
        query = select(SeasonRules).where(SeasonRules.season_id == season_id)
        return session.exec(query.order_by(col(SeasonRules.rules_version).desc())).all()


def create_season(db: Database, actor: Actor, given: SeasonValues) -> int:
    """A new season as a draft; returns its id. Raises `season.code_taken`, `season.rules`."""
    authorise(actor, "contest.manage")
    ruled = default_rules() if given.rules is None else Rules.from_json(given.rules)
    begins = ruled.stages[0].first
    rules = ruled.moved((given.first or begins) - begins).to_json()
    row = Season(
        code=values.code("code", given.code),
        name_zh=values.line("name_zh", given.name_zh, 80, required=True),
        name_en=values.line("name_en", given.name_en, 80),
        rules=rules,
        salt=secrets.token_hex(32),
        created_at=clock.now(),
    )
    with unit_of_work(db, actor) as work:
        work.session.add(row)
        try:
            work.session.flush()
        except IntegrityError:
            raise RoundsError("season.code_taken", code=row.code) from None
        _keep_rules(work, row.id or 0, 1, rules, "")
        work.record("season.created", "season", row.id, code=row.code)
        return row.id or 0


def amend_rules(db: Database, actor: Actor, season_id: int, version: int, rules: dict[str, Any], reason: str) -> None:
    """Give a season other rules and count everything anew by them; nobody's points are touched.

    A reason is needed once it runs. Raises `season.rules`, `wrong_state` once it is closed, `stale`, `required`.
    """
    authorise(actor, "contest.manage", Where(season_id=season_id))
    checked = Rules.from_json(rules)
    with unit_of_work(db, actor) as work:
        row = tallies.hold_season(work.session, season_id, alone=True)
        if row.state == SeasonState.CLOSED:
            raise RoundsError("wrong_state", state=row.state)
        why = values.line("reason", reason, 400, required=row.state != SeasonState.DRAFT)
        number = row.rules_version + 1
        changes = values.change(work.session, row, version, {"rules": checked.to_json(), "rules_version": number})
        if "rules" not in changes:
            raise RoundsError("invalid", field="rules")
        _keep_rules(work, season_id, number, checked.to_json(), why)
        tallies.rebuild(work.session, season_id, checked.quiz)
        digest = hashlib.sha256(canonical(checked.to_json())).hexdigest()
        work.record("season.rules_amended", "season", season_id, rules_version=number, reason=why, sha256=digest)


def move_season(db: Database, actor: Actor, season_id: int, version: int, action: str, reason: str = "") -> int:
    """Take a step of `SEASON_STEPS`. Freezing publishes the board as it stands, closing the final one with its stars.

    Returns how many figures were wrong then and were counted anew from the rows (an event of its own says which).
    Raises `wrong_state`, `season.no_contestants`, `stale`, and before it closes `season.unfinished` while attempts are
    open or ballots held, `season.undecided` while seats wait for the panel; `settings.unsafe` for a start without the
    secret of votes or a channel for codes (not in a demo city).
    """
    authorise(actor, "contest.manage", Where(season_id=season_id))
    try:
        return _move(db, actor, season_id, version, action, reason)
    except RoundsError as error:
        if error.code == "season.undecided":  # who shares a place is told by the tallies: the panel needs right ones
            _mend(db, actor, season_id)
        raise


def _mend(db: Database, actor: Actor, season_id: int) -> None:
    with unit_of_work(db, actor) as work:
        row = tallies.hold_season(work.session, season_id, alone=True)
        scoreboard.mend(work, season_id, Rules.from_json(row.rules).quiz)


def _move(db: Database, actor: Actor, season_id: int, version: int, action: str, reason: str) -> int:
    with unit_of_work(db, actor) as work:
        row = tallies.hold_season(work.session, season_id, alone=True)
        step = step_for(row.state, action)
        if step is None:
            raise RoundsError("wrong_state", state=row.state)
        why = values.line("reason", reason, 400, required=step.reason)
        if action == "start" and not _roster(work.session, season_id):
            raise RoundsError("season.no_contestants")
        if action == "start":
            _check_settings(work.session)
        closed_at = work.now if step.target == SeasonState.CLOSED else None
        values.change(work.session, row, version, {"state": str(step.target), "closed_at": closed_at})
        mended = scoreboard.publish(work, row, PUBLISHES[action]) if action in PUBLISHES else 0
        if action == "close":
            editions.supersede(work.session, row)
        work.record(f"season.{action}", "season", season_id, reason=why)
        return mended


def find(session: Session, season_id: int) -> Season:
    """The row, or `not_found`."""
    row = session.get(Season, season_id)
    if row is None:
        raise RoundsError("not_found")
    return row


def check_running(db: Database) -> None:
    """Raise `settings.unsafe` when a season runs that must not with these settings."""
    with db.read() as session:
        if session.exec(select(Season.id).where(col(Season.state).in_(COUNTING)).limit(1)).first():
            _check_settings(session)


def _check_settings(session: Session) -> None:
    if not settings().demo and not founded_as_demo(session):
        settings().check_contest()


def check_counting(season: Season) -> Rules:
    """The rules of a season in which points are still counted; raises `season.not_open`."""
    if season.state not in COUNTING:
        raise RoundsError("season.not_open")
    return Rules.from_json(season.rules)


def _visible(actor: Actor, season: Season) -> bool:
    return season.state != SeasonState.DRAFT or may(actor, "contest.manage", Where(season_id=season.id))


def _roster(session: Session, season_id: int) -> int:
    return session.exec(select(func.count()).where(Contestant.season_id == season_id)).one()


def _keep_rules(work: Work, season_id: int, number: int, rules: dict[str, Any], reason: str) -> None:
    account_id = (work.actor.account_id or None) if work.actor else None
    work.session.add(
        SeasonRules(
            season_id=season_id,
            rules_version=number,
            rules=rules,
            reason=reason,
            account_id=account_id,
            changed_at=work.now,
        )
    )
