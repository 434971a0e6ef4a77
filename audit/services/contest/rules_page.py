"""A season's rules as people read them, made from the rules themselves, so that page and count cannot differ."""

from dataclasses import dataclass

from audit.domain.contest.rules import LEGS, TIES, Rules
from audit.i18n import format_date, pick, translator


@dataclass(frozen=True)
class Chapter:
    """A heading and its sentences."""

    title: str
    lines: tuple[str, ...]


def chapters(rules: Rules, locale: str) -> tuple[Chapter, ...]:
    """All rules of a season in one language."""
    _ = translator(locale)
    return (
        Chapter(_("Stages"), _stages(rules, locale)),
        Chapter(_("Total"), _total(rules, locale)),
        Chapter(_("Skills"), _skills(rules, locale)),
        Chapter(_("Quiz"), _quiz(rules, locale)),
        Chapter(_("Votes"), _votes(rules, locale)),
        Chapter(_("Cases and golden ideas"), _bonus(rules, locale)),
        Chapter(_("Service stars"), _stars(rules, locale)),
    )


def points(hundredths: int) -> str:
    """Hundredths as people write points, without idle zeros: 9350 is 93.5."""
    return f"{hundredths / 100:.2f}".rstrip("0").rstrip(".")


def _stages(rules: Rules, locale: str) -> tuple[str, ...]:
    _ = translator(locale)
    names = dict(zip(LEGS, (_("skills"), _("quiz"), _("votes"), _("cases and ideas")), strict=True))
    lines = []
    for stage in rules.stages:
        line = _("{name}: {first} to {last}").format(
            name=pick(locale, stage.zh, stage.en),
            first=format_date(locale, stage.first),
            last=format_date(locale, stage.last),
        )
        if stage.opens:
            legs = _(", ").join(names[leg] for leg in LEGS if leg in stage.opens)
            line += _("; open: {legs}").format(legs=legs)
        if stage.frozen:
            line += _("; the public scoreboard stands still")
        lines.append(line)
    return tuple(lines)


def _total(rules: Rules, locale: str) -> tuple[str, ...]:
    _ = translator(locale)
    weights = rules.weights
    names = dict(zip(TIES, (_("skills"), _("quiz"), _("no upheld complaint"), _("bonus")), strict=True))
    lines = [
        _(
            "Total = {skill} % skills + {quiz} % quiz + {votes} % votes + bonus, rounded half-up to two decimals."
        ).format(skill=weights.skill, quiz=weights.quiz, votes=weights.votes),
        _("Each part is rounded to two decimals before it enters the total: anybody can compute it again."),
    ]
    if rules.ties:
        order = _(", then ").join(names[name] for name in rules.ties)
        lines.append(
            _("Equal totals are ordered by: {order}; whoever is still equal shares the place.").format(order=order)
        )
    return tuple(lines)


def _skills(rules: Rules, locale: str) -> tuple[str, ...]:
    _ = translator(locale)
    skill = rules.skill
    return (
        _("Scores given by the skill centre count as they are."),
        _(
            "Scores given by a branch are made comparable: {centre} + {spread} × (own mean − m*) ÷ s*, at least 0 and"
            " at most 100. m* and s* are the branch's mean and spread, drawn towards the city's as if {prior} more"
            " contestants had the city's."
        ).format(centre=skill.centre, spread=skill.spread, prior=skill.prior),
    )


def _quiz(rules: Rules, locale: str) -> tuple[str, ...]:
    _ = translator(locale)
    quiz = rules.quiz
    return (
        _("{questions} questions in {minutes} minutes: {easy} easy, {medium} medium, {hard} hard.").format(
            questions=quiz.questions,
            minutes=points(quiz.seconds * 100 // 60),
            easy=quiz.easy,
            medium=quiz.medium,
            hard=quiz.hard,
        ),
        _("The first {count} attempts of a day count. The best of a week is the week's result.").format(
            count=quiz.attempts_a_day
        ),
        _("Of {weeks} weeks the best {best} count; their mean is the quiz score.").format(
            weeks=quiz.weeks, best=quiz.best_weeks
        ),
    )


def _votes(rules: Rules, locale: str) -> tuple[str, ...]:
    _ = translator(locale)
    votes = rules.votes
    return (
        _("One ballot a day and verified voter, with {fewest} to {most} names. Nobody votes for themselves.").format(
            fewest=votes.fewest, most=votes.most
        ),
        _(
            "Votes score 100 × ln(1 + votes) ÷ ln(1 + P), at most 100. P is the number of votes that {percentile} % of"
            " the contestants of the same organisation do not exceed; below {small} contestants, of the same zone."
        ).format(percentile=votes.percentile, small=votes.small),
        _(
            "Suspicious ballots are held back with a reason until a person decides."
            " Every ballot can be found by its receipt."
        ),
        _("The ballots of a day are published on the next day.")
        if votes.published == "daily"
        else _("The list of ballots is published when votes have ended; no counts are shown before."),
    )


def _bonus(rules: Rules, locale: str) -> tuple[str, ...]:
    _ = translator(locale)
    bonus = rules.bonus
    return (
        _("A published case gives {case}, an adopted idea {ideas} points; together at most {cap}.").format(
            case=points(bonus.case), ideas=_(" or ").join(map(points, bonus.ideas)), cap=points(bonus.cap)
        ),
        _("Reposts are counted as reach and never as points."),
    )


def _stars(rules: Rules, locale: str) -> tuple[str, ...]:
    _ = translator(locale)
    stars = rules.stars
    return (
        _(
            "{total} stars: {base} for each organisation, {proportional} by the number of contestants,"
            " the rest by total."
        ).format(total=stars.total, base=stars.base, proportional=stars.proportional),
        _(
            "Nobody below {threshold} points becomes a star;"
            " seats that stay empty are given by total in the whole city."
        ).format(threshold=points(stars.threshold)),
        _("Where contestants share the last seat, the panel decides by recorded ballot."),
        _("Anybody can recount the season from a file that is published with the result."),
    )
