"""Who may do what, and where: roles, scopes, and the one table of permissions.

*What* a role may do is `PERMISSIONS`; *where* it may is the grant's scope. `authorise` is the only decider; every
service calls it first. What is not in the table is denied.
"""

from dataclasses import dataclass
from enum import StrEnum

from audit.errors import RoundsError


class Role(StrEnum):
    """What a person does here (角色)."""

    SUPERVISOR = "supervisor"
    BRANCH = "branch"
    HALL = "hall"
    MARKETING = "marketing"
    APPROVER = "approver"
    ORGANISER = "organiser"
    JUDGE = "judge"
    LEADER = "leader"
    ADMINISTRATOR = "administrator"


class Scope(StrEnum):
    """Where a grant holds. `assignments` covers the assignments whose team the person belongs to."""

    CITY = "city"
    BRANCH = "branch"
    OUTLET = "outlet"
    ASSIGNMENTS = "assignments"
    SEASON = "season"
    SYSTEM = "system"


# fmt: off
ROLES: dict[Role, tuple[str, str, tuple[Scope, ...]]] = {
    #                    中文              English                    scopes a grant of it may have
    Role.SUPERVISOR:    ("服务督导",       "Service supervisor",      (Scope.ASSIGNMENTS,)),
    Role.BRANCH:        ("分公司服务主管", "Branch service lead",     (Scope.BRANCH,)),
    Role.HALL:          ("营业厅经理",     "Hall manager",            (Scope.OUTLET,)),
    Role.MARKETING:     ("市场部经办",     "Marketing officer",       (Scope.CITY,)),
    Role.APPROVER:      ("市场部签发人",   "Approver",                (Scope.CITY,)),
    Role.ORGANISER:     ("竞赛组织",       "Contest organiser",       (Scope.SEASON,)),
    Role.JUDGE:         ("竞赛评委",       "Contest judge",           (Scope.SEASON,)),
    Role.LEADER:        ("领导",           "Leader",                  (Scope.CITY, Scope.BRANCH)),
    Role.ADMINISTRATOR: ("管理员",         "Administrator",           (Scope.SYSTEM,)),
}
# fmt: on


@dataclass(frozen=True)
class Permission:
    """One dotted verb: the roles that have it and what it means."""

    roles: frozenset[Role]
    meaning: str


def _by(*roles: Role, meaning: str) -> Permission:
    return Permission(frozenset(roles), meaning)


_R = Role
EVERYBODY = tuple(Role)

# fmt: off
PERMISSIONS: dict[str, Permission] = {
    "account.manage":      _by(_R.ADMINISTRATOR, meaning="create, change, deactivate accounts and their grants"),
    "organisation.manage": _by(_R.ADMINISTRATOR, meaning="create, rename, move and close organisations and outlets"),
    "organisation.read":   _by(*EVERYBODY, meaning="see organisations and outlets"),
    "settings.manage":     _by(_R.ADMINISTRATOR, meaning="see the set-up checklist and change system settings"),
    "checklist.read":      _by(*EVERYBODY, meaning="read published checklists"),
    "checklist.manage":    _by(_R.ADMINISTRATOR, _R.MARKETING, meaning="upload, publish, withdraw checklist versions"),
    "campaign.read":       _by(*EVERYBODY, meaning="read campaigns"),
    "campaign.manage":     _by(_R.MARKETING, meaning="keep campaigns"),
    "round.manage":        _by(_R.MARKETING, meaning="plan, publish and close rounds; change assignments and teams"),
    "round.read":          _by(_R.MARKETING, _R.APPROVER, _R.LEADER, meaning="follow the progress of rounds"),
    "visit.conduct":       _by(_R.SUPERVISOR, meaning="fill in, submit and recall visits of one's own team"),
    "visit.read":          _by(_R.SUPERVISOR, _R.MARKETING, _R.APPROVER, _R.LEADER, _R.BRANCH, _R.HALL,
                               meaning="read a visit with its answers and photos (branch and hall: once accepted)"),
    "visit.expect":        _by(_R.BRANCH, _R.HALL, _R.LEADER,
                               meaning="see the days of visits that were announced to one's place"),
    "visit.review":        _by(_R.MARKETING, meaning="accept a visit or send it back"),
    "photo.original":      _by(_R.MARKETING, _R.APPROVER, meaning="open an original photo; every reading is recorded"),
    "finding.read":        _by(_R.SUPERVISOR, _R.MARKETING, _R.APPROVER, _R.LEADER, _R.BRANCH, _R.HALL,
                               meaning="read findings (branch and hall: once issued)"),
    "finding.answer":      _by(_R.BRANCH, meaning="acknowledge, object, ask, delegate, submit for one's branch"),
    "finding.fill":        _by(_R.BRANCH, _R.HALL, meaning="write the rectification (hall: of what was delegated)"),
    "finding.review":      _by(_R.MARKETING, meaning="edit drafts, decide objections and requests, review, close"),
    "draft.read":          _by(_R.MARKETING, _R.APPROVER, meaning="see drafts of findings and what issuing would send"),
    "finding.issue":       _by(_R.APPROVER, meaning="issue notices; withdraw a finding that was objected to"),
    "finding.reinspect":   _by(_R.SUPERVISOR, meaning="look at a rectification on the spot, as marketing asked"),
    "finding.comment":     _by(_R.SUPERVISOR, _R.MARKETING, _R.APPROVER, _R.BRANCH, _R.HALL,
                               meaning="comment on a finding that one may read"),
    "escalation.read":     _by(_R.LEADER, _R.MARKETING, _R.APPROVER, meaning="see what is proposed about findings"),
    "escalation.decide":   _by(_R.LEADER, meaning="decide what is proposed about findings (leaders of the city)"),
    "channel.manage":      _by(_R.BRANCH, _R.ADMINISTRATOR, meaning="choose the outside channels of an organisation"),
    "calendar.read":       _by(*EVERYBODY, meaning="see which days are worked"),
    "calendar.manage":     _by(_R.MARKETING, _R.ADMINISTRATOR, meaning="enter days that are worked or not"),
    "report.read":         _by(_R.SUPERVISOR, _R.MARKETING, _R.APPROVER, _R.LEADER,
                               meaning="read a report's draft (leaders of the city)"),
    "report.edit":         _by(_R.SUPERVISOR, _R.MARKETING, meaning="choose a report's photos and write its remarks"),
    "paper.read":          _by(_R.SUPERVISOR, _R.MARKETING, _R.APPROVER, _R.LEADER, _R.BRANCH,
                               meaning="read issued documents (branch: those about itself)"),
    "contest.read":        _by(*EVERYBODY, meaning="see the contest's seasons, rules and published scoreboards"),
    "contest.manage":      _by(_R.ORGANISER, meaning="run a season: rules, contestants, quiz, held ballots, stars"),
    "contest.score":       _by(_R.ORGANISER, _R.JUDGE, _R.BRANCH,
                               meaning="enter skill scores (branch: of its own contestants, normalised)"),
    "contest.review":      _by(_R.ORGANISER, _R.JUDGE, meaning="review, publish and adopt cases and golden ideas"),
    "contest.judge":       _by(_R.JUDGE, meaning="cast the panel's recorded ballot on a shared place"),
    "history.read":        _by(_R.MARKETING, _R.APPROVER, _R.LEADER, _R.ADMINISTRATOR, meaning="read the history"),
}
# fmt: on


OF_THE_CITY = ("round.read", "report.read")  # a grant that holds in one branch opens nothing of these


@dataclass(frozen=True)
class Granted:
    """One grant of an account: a role in a scope (`scope_id`: organisation, outlet or season, if any)."""

    role: Role
    scope: Scope
    scope_id: int | None = None


@dataclass(frozen=True)
class Actor:
    """Who is asking. Built anew from the database for every request or rerun, never kept."""

    account_id: int
    name: str
    locale: str = "zh_CN"
    grants: tuple[Granted, ...] = ()
    organisation_id: int | None = None
    device: str = ""

    def has(self, role: Role) -> bool:
        """Whether any grant carries this role."""
        return any(grant.role is role for grant in self.grants)


# Whoever may run commands on the machine has its database anyway. Account 0 is nobody's: the history says "the system".
OPERATOR = Actor(
    0, "command line", "en", (Granted(Role.ADMINISTRATOR, Scope.SYSTEM), Granted(Role.MARKETING, Scope.CITY))
)


@dataclass(frozen=True)
class Where:
    """What an action is about, as far as scopes go."""

    organisation_id: int | None = None
    outlet_id: int | None = None
    in_team: bool = False
    season_id: int | None = None


ANYWHERE = Where()


def covers(grant: Granted, where: Where) -> bool:
    """Whether a grant's scope holds for the thing in question."""
    match grant.scope:
        case Scope.CITY | Scope.SYSTEM:
            return True
        case Scope.BRANCH:
            return grant.scope_id is not None and grant.scope_id == where.organisation_id
        case Scope.OUTLET:
            return grant.scope_id is not None and grant.scope_id == where.outlet_id
        case Scope.ASSIGNMENTS:
            return where.in_team
        case Scope.SEASON:
            return grant.scope_id is None or grant.scope_id == where.season_id
    return False


def grants_for(actor: Actor, permission: str) -> tuple[Granted, ...]:
    """The actor's grants that carry a permission, wherever they hold; empty for an unknown permission."""
    entry = PERMISSIONS.get(permission)
    return tuple(grant for grant in actor.grants if entry and grant.role in entry.roles)


def may(actor: Actor, permission: str, where: Where = ANYWHERE) -> bool:
    """Whether the actor may do this there."""
    return any(covers(grant, where) for grant in grants_for(actor, permission))


def may_somewhere(actor: Actor, permission: str) -> bool:
    """Whether the actor may do this at all: decides which pages a person is offered."""
    useless = Scope.BRANCH if permission in OF_THE_CITY else None
    return any(grant.scope is not useless for grant in grants_for(actor, permission))


def authorise(actor: Actor, permission: str, where: Where = ANYWHERE) -> None:
    """Return when allowed; otherwise raise.

    `forbidden` when the actor has the permission nowhere; `not_found` when the thing lies outside the actor's scope,
    so that nobody learns from the answer what exists elsewhere.
    """
    grants = grants_for(actor, permission)
    if not grants:
        raise RoundsError("forbidden")
    if not any(covers(grant, where) for grant in grants):
        raise RoundsError("not_found")


def authorise_somewhere(actor: Actor, permission: str) -> None:
    """Like `authorise` for a list that the query itself narrows to the actor's scope: raise only `forbidden`."""
    if not grants_for(actor, permission):
        raise RoundsError("forbidden")
