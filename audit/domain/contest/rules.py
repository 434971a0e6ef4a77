"""A season's rules as data: JSON in the database, `Rules` in the code, checked as a whole before they are kept.

Points are hundredths (9566 is 95.66); weights are percent; days are days of Asia/Shanghai, both ends included.
"""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, asdict, dataclass, replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

from audit.errors import RoundsError

LEGS = ("skill", "quiz", "votes", "cases")  # what a stage may open
TIES = ("skill", "quiz", "complaint", "bonus")  # what may break a tie, each at most once
PUBLISHED = ("closed", "daily")  # ballots: after the last day of votes; or each day's on the next, which can be counted
DIFFICULTIES = ("easy", "medium", "hard")
POINT = 100  # hundredths
WEEK = 7 * 86_400  # seconds
YEAR = dt.timedelta(weeks=52)  # whole weeks: quiz weeks go on beginning on Mondays


@dataclass(frozen=True)
class Stage:
    """A part of the season: its days and the legs that are open in it; `frozen`: the public scoreboard stands still."""

    code: str
    zh: str
    en: str
    first: dt.date
    last: dt.date
    opens: tuple[str, ...] = ()
    frozen: bool = False


@dataclass(frozen=True)
class Weights:
    """Percent of the total; together 100."""

    skill: int
    quiz: int
    votes: int


@dataclass(frozen=True)
class SkillRules:
    """Branch-marked scores become centre + spread × (x − m*) ÷ s*; `prior` contestants stand for the city's mean."""

    centre: int
    spread: int
    prior: int


@dataclass(frozen=True)
class QuizRules:
    """`attempts_a_day` count on a day; of `weeks` weekly bests the best `best_weeks` count.

    An attempt has `easy`, `medium` and `hard` questions, together worth 100 points, and `seconds` of time.
    `most_a_day`: attempts that a contestant can make on a day, practice included. `paper_share`: a week's paper holds
    so many times the questions of an attempt, where the bank has them.
    """

    weeks: int
    best_weeks: int
    attempts_a_day: int
    easy: int
    medium: int
    hard: int
    seconds: int
    most_a_day: int = 20
    paper_share: int = 3

    @property
    def questions(self) -> int:
        """Questions of one attempt."""
        return self.easy + self.medium + self.hard


@dataclass(frozen=True)
class Limit:
    """More than `ballots` within `seconds` are looked at by a person before they count."""

    ballots: int
    seconds: int


@dataclass(frozen=True)
class ShareLimit(Limit):
    """`share`: only when they are more than so many percent of those that they are compared with
    (`anomalies.SHARES`)."""

    share: int = 0


@dataclass(frozen=True)
class AnomalyRules:
    """How many ballots may come from one device, from one subnet, and for one contestant (`burst`); and how many for
    one contestant by tokens of one outlet, from one subnet, from devices never seen before (`anomalies.SHARES`).

    A hall of 300 people behind one address, who name its staff as customers do, stays below each of them.
    """

    device: Limit = Limit(15, WEEK)
    network: Limit = Limit(600, 600)
    burst: Limit = Limit(500, 300)
    name_outlet: ShareLimit = ShareLimit(20, WEEK, 50)
    name_network: ShareLimit = ShareLimit(15, WEEK, 50)
    fresh: ShareLimit = ShareLimit(60, WEEK, 90)


@dataclass(frozen=True)
class VoteRules:
    """One ballot a day and voter names `fewest` to `most` contestants.

    The `percentile` of an organisation's votes is worth about 100; below `small` contestants the zone stands in for it.
    `published`: when the list of ballots is shown, one of `PUBLISHED`.
    """

    fewest: int
    most: int
    percentile: int
    small: int
    published: str = "closed"
    anomalies: AnomalyRules = AnomalyRules()


@dataclass(frozen=True)
class BonusRules:
    """Points in hundredths: at most `cap`; a published case; an adopted idea of the first, second, third class.

    `most_a_day`: cases and ideas that one contestant can hand in within 24 hours.
    """

    cap: int
    case: int
    ideas: tuple[int, ...]
    most_a_day: int = 5


@dataclass(frozen=True)
class StarRules:
    """`total` seats: `base` for each organisation, `proportional` by contestants, the rest by merit in the whole city.

    Nobody below `threshold` (hundredths) becomes a star.
    """

    total: int
    base: int
    proportional: int
    threshold: int


@dataclass(frozen=True)
class Rules:
    """All rules of one season."""

    stages: tuple[Stage, ...]
    weights: Weights
    skill: SkillRules
    quiz: QuizRules
    votes: VoteRules
    bonus: BonusRules
    stars: StarRules
    ties: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data, as it stands in the database and in the recount file."""
        return dict(_plain(asdict(self)))

    @classmethod
    def from_json(cls, data: Any) -> "Rules":
        """Checked rules; raises `season.rules` with the path of the first thing that is wrong."""
        rules: Rules = _read(cls, _today(data), "")
        for path in problems(rules):
            raise RoundsError("season.rules", field=path)
        return rules

    def moved(self, by: dt.timedelta) -> "Rules":
        """The same rules with all stages so much later."""
        moved = (replace(stage, first=stage.first + by, last=stage.last + by) for stage in self.stages)
        return replace(self, stages=tuple(moved))

    def stage_on(self, day: dt.date) -> Stage | None:
        """The stage of a day."""
        return next((stage for stage in self.stages if stage.first <= day <= stage.last), None)

    def is_open(self, leg: str, day: dt.date) -> bool:
        """Whether a leg (one of `LEGS`) is open on a day."""
        stage = self.stage_on(day)
        return stage is not None and leg in stage.opens

    def last_day_of(self, leg: str) -> dt.date | None:
        """The last day on which a leg is open; None when it never is."""
        return max((stage.last for stage in self.stages if leg in stage.opens), default=None)

    def week_of(self, day: dt.date) -> int:
        """The quiz week of a day: 1 begins with the first day on which a stage opens the quiz; 0 outside all weeks."""
        first = min((stage.first for stage in self.stages if "quiz" in stage.opens), default=None)
        if first is None or day < first:
            return 0
        week = (day - first).days // 7 + 1
        return week if week <= self.quiz.weeks else 0

    def last_day_of_week(self, week: int) -> dt.date | None:
        """The last day on which a quiz week's paper can be started; None for a week that has no such day."""
        first = min((stage.first for stage in self.stages if "quiz" in stage.opens), default=None)
        if first is None or not 1 <= week <= self.quiz.weeks:
            return None
        days = (first + dt.timedelta(days=7 * week - back) for back in range(1, 8))
        return next((day for day in days if self.is_open("quiz", day)), None)


def default_rules() -> Rules:
    """The season as the operator held it, from 1 July of 2026 on; a new season starts from a copy of it."""
    return Rules.from_json(json.loads((Path(__file__).parent / "season.json").read_text("utf-8")))


def usual_start(after: dt.date) -> dt.date:
    """The first day that the default rules give to the season which begins after a day: each year the same weekday."""
    first = default_rules().stages[0].first
    return first + max(0, (after - first).days // YEAR.days + 1) * YEAR


def problems(rules: Rules) -> Iterator[str]:
    """The path of everything that cannot be: sums, limits, order of days."""
    weights, quiz, votes, bonus, stars = rules.weights, rules.quiz, rules.votes, rules.bonus, rules.stars
    if min(weights.skill, weights.quiz, weights.votes) < 0 or weights.skill + weights.quiz + weights.votes != 100:
        yield "weights"
    if not (0 <= rules.skill.centre <= 100 and 0 <= rules.skill.spread <= 50 and 0 <= rules.skill.prior <= 1000):
        yield "skill"
    if not (1 <= quiz.best_weeks <= quiz.weeks <= 53 and 1 <= quiz.attempts_a_day <= 50):
        yield "quiz"
    if min(quiz.easy, quiz.medium, quiz.hard) < 0 or not (1 <= quiz.questions <= 100 and 10 <= quiz.seconds <= 86_400):
        yield "quiz.questions"
    if not (1 <= quiz.most_a_day <= 100 and 1 <= quiz.paper_share <= 20):
        yield "quiz.most_a_day" if not 1 <= quiz.most_a_day <= 100 else "quiz.paper_share"
    if not (1 <= votes.fewest <= votes.most <= 10 and 50 <= votes.percentile <= 100 and 0 <= votes.small <= 1000):
        yield "votes"
    if votes.published not in PUBLISHED:
        yield "votes.published"
    for name, limit in vars(votes.anomalies).items():
        share = limit.share if isinstance(limit, ShareLimit) else 0
        if not (1 <= limit.ballots <= 100_000 and 1 <= limit.seconds <= WEEK and 0 <= share < 100):
            yield f"votes.anomalies.{name}"
    if not bonus.ideas or min(bonus.cap, bonus.case, *bonus.ideas) < 0 or bonus.cap > 100 * POINT:
        yield "bonus"
    if not 1 <= bonus.most_a_day <= 1000:
        yield "bonus.most_a_day"
    if min(stars.base, stars.proportional, stars.threshold) < 0 or not (
        1 <= stars.total <= 10_000 and stars.base + stars.proportional <= stars.total
    ):
        yield "stars"
    if len(set(rules.ties)) != len(rules.ties) or not set(rules.ties) <= set(TIES):
        yield "ties"
    yield from _stage_problems(rules.stages)


def _stage_problems(stages: tuple[Stage, ...]) -> Iterator[str]:
    if not stages or len({stage.code for stage in stages}) != len(stages):
        yield "stages"
    for place, stage in enumerate(stages):
        before = stages[place - 1].last if place else dt.date.min
        for name in ("code", "zh", "en"):
            if not 0 < len(getattr(stage, name)) <= 80:
                yield f"stages[{place}].{name}"
        if not before < stage.first <= stage.last:
            yield f"stages[{place}].{'last' if before < stage.first else 'first'}"
        if not set(stage.opens) <= set(LEGS):
            yield f"stages[{place}].opens"


def _today(data: Any) -> Any:
    """Rules as they are written today: older ones name a share of 0 where nothing is compared with it."""
    kinds = get_type_hints(AnomalyRules)
    try:
        limits = data["votes"]["anomalies"]
        shareless = {
            name: {key: value for key, value in limit.items() if (key, value) != ("share", 0)}
            for name, limit in limits.items()
            if kinds.get(name) is Limit
        }
        return {**data, "votes": {**data["votes"], "anomalies": {**limits, **shareless}}}
    except (KeyError, TypeError, AttributeError):  # without limits, or no rules at all: told by `_read`
        return data


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def _read(kind: Any, value: Any, path: str) -> Any:
    """Plain data as the type that the field names; raises `season.rules`."""
    if hasattr(kind, "__dataclass_fields__"):
        hints = get_type_hints(kind)
        if not isinstance(value, Mapping):
            raise RoundsError("season.rules", field=path or "JSON")
        for unknown in sorted(set(value) - set(hints), key=str):
            raise RoundsError("season.rules", field=_below(path, unknown))
        fields = kind.__dataclass_fields__
        lacking = [name for name in hints if name not in value and fields[name].default is MISSING]
        if lacking:
            raise RoundsError("season.rules", field=_below(path, lacking[0]))
        given = [name for name in hints if name in value]
        return kind(**{name: _read(hints[name], value[name], _below(path, name)) for name in given})
    if getattr(kind, "__origin__", None) is tuple:
        if not isinstance(value, list | tuple):
            raise RoundsError("season.rules", field=path)
        return tuple(_read(get_args(kind)[0], part, f"{path}[{place}]") for place, part in enumerate(value))
    if kind is dt.date:
        try:
            return dt.date.fromisoformat(value)
        except (TypeError, ValueError):
            raise RoundsError("season.rules", field=path) from None
    if type(value) is not kind:
        raise RoundsError("season.rules", field=path)
    return value


def _below(path: str, name: object) -> str:
    return f"{path}.{name}"[:120].removeprefix(".")
