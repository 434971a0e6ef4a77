"""One-tap personas of the demo city: who they are and how they sign in.

Two things must be true: demo mode is on, and the database *is* a demo city, which its history says from the first
event on. A real city that is started in demo mode by mistake has no personas.
"""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from audit.config import settings
from audit.db.engine import Database
from audit.db.models import Account, Event
from audit.errors import RoundsError
from audit.i18n import pick
from audit.services.sign_in import open_session


@dataclass(frozen=True)
class Persona:
    """A person of the demo city whom a visitor may try."""

    sign_in_name: str
    role_zh: str
    role_en: str
    purpose_zh: str
    purpose_en: str


# fmt: off
PERSONAS = (
    Persona("supervisor", "服务督导", "Service supervisor", "带平板到营业厅检查", "inspects halls with the tablet"),
    Persona("mate", "服务督导（同组）", "Service supervisor (same team)", "同组协作检查", "inspects in the same team"),
    Persona("marketing", "市场部经办", "Marketing officer", "安排轮次、审核走访", "plans rounds, reviews visits"),
    Persona("approver", "市场部签发人", "Approver", "签发报告与通知", "issues reports and notices"),
    Persona("branch", "分公司服务主管", "Branch service lead", "查看本单位情况", "answers for one branch"),
    Persona("hall", "营业厅经理", "Hall manager", "查看本厅情况", "answers for one hall"),
    Persona("organiser", "竞赛组织", "Contest organiser", "组织竞赛、查看检查表", "runs the contest, reads checklists"),
    Persona("judge", "竞赛评委", "Contest judge", "评审案例与金点子", "reviews cases and golden ideas"),
    Persona("leader", "市公司领导", "City leader", "总览全市", "sees the whole city"),
    Persona("admin", "管理员", "Administrator", "单位、账号、检查表", "organisations, accounts, checklists"),
)
# fmt: on


MARK, INSTALLATION = "demo.founded", "installation"  # the event that only the making of a demo city writes


def is_demo(db: Database) -> bool:
    """Whether this database was made as a demo city and demo mode is on."""
    if not settings().demo:
        return False
    with db.read() as session:
        return founded_as_demo(session)


def founded_as_demo(session: Session) -> bool:
    """Whether this database was made as a demo city, in whatever mode it is used."""
    query = select(Event.seq).where(Event.subject_kind == INSTALLATION, Event.verb == MARK)
    return session.exec(query).first() is not None


def personas(db: Database, locale: str) -> list[dict[str, str]]:
    """The personas for the sign-in page, in one language; none where there is no demo city."""
    if not is_demo(db):
        return []
    return [
        {
            "name": persona.sign_in_name,
            "role": pick(locale, persona.role_zh, persona.role_en),
            "purpose": pick(locale, persona.purpose_zh, persona.purpose_en),
        }
        for persona in PERSONAS
    ]


def enter(db: Database, name: str, address: str, device: str = "") -> str:
    """Sign in as a persona without a password and return the session id; `signin.demo_only` for anybody else."""
    if not is_demo(db) or name not in {persona.sign_in_name for persona in PERSONAS}:
        raise RoundsError("signin.demo_only")
    with db.read() as session:
        account = session.exec(
            select(Account).where(Account.sign_in_name == name, col(Account.active).is_(True))
        ).first()
    if account is None:
        raise RoundsError("signin.demo_only")
    return open_session(db, account.id or 0, address, device)
