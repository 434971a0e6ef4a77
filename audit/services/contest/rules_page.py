"""A season's rules as people read them, made from the rules themselves, so that page and count cannot differ.

Every field of `Rules` and every figure of the code that decides over a score or a ballot has its words here; a test
changes them one by one and looks for the page to change.
"""

from dataclasses import dataclass

from audit.domain.contest import anomalies, scores
from audit.domain.contest.rules import LEGS, TIES, Rules
from audit.i18n import format_date, pick, translator
from audit.services.contest import codes, tokens

SPANS = ((86_400, "days"), (3_600, "hours"), (60, "minutes"), (1, "seconds"))  # the largest that divides a time


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
        Chapter(_("Votes"), (*_ballots(rules, locale), *_votes(rules, locale))),
        Chapter(_("Ballots that are held back"), _held(rules, locale)),
        Chapter(_("Cases and golden ideas"), _bonus(rules, locale)),
        Chapter(_("Service stars"), _stars(rules, locale)),
        Chapter(_("Scoreboards and recount"), _boards(rules, locale)),
    )


def points(hundredths: int) -> str:
    """Hundredths as people write points, without idle zeros: 9350 is 93.5."""
    return f"{hundredths / 100:.2f}".rstrip("0").rstrip(".")


def span(seconds: int, locale: str) -> str:
    """A time as people say it: 600 is 10 minutes."""
    _ = translator(locale)
    names = {
        "days": _("{count} days"), "hours": _("{count} hours"),
        "minutes": _("{count} minutes"), "seconds": _("{count} seconds"),
    }  # fmt: skip
    size, unit = next(one for one in SPANS if seconds % one[0] == 0)
    return names[unit].format(count=seconds // size)


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
    return (*lines, _("Who withdrew is counted nowhere: neither here nor among an organisation's contestants."))


def _skills(rules: Rules, locale: str) -> tuple[str, ...]:
    _ = translator(locale)
    skill = rules.skill
    return (
        _("One score from 0 to {most} a contestant, day and source: the skill centre, or the own branch.").format(
            most=points(scores.FULL)
        ),
        _("Scores given by the skill centre count as they are."),
        _(
            "Scores given by a branch are made comparable: {centre} + {spread} × (own mean − m*) ÷ s*, at least 0 and"
            " at most 100. m* and s* are the branch's mean and spread, drawn towards the city's as if {prior} more"
            " contestants had the city's."
        ).format(centre=skill.centre, spread=skill.spread, prior=skill.prior),
        _("Where all marks are equal (s* = 0) everybody has {centre}.").format(centre=skill.centre),
        _(
            "Who has scores of both kinds has their mean, each kind by its number of scores. Days without a score take"
            " nothing away; without any score skills are 0."
        ),
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
        _("A week's paper has up to {times} times as many questions, drawn by lot; each attempt draws from it.").format(
            times=quiz.paper_share
        ),
        _("All questions of an attempt together are worth {points} points, each the same.").format(
            points=points(scores.FULL)
        ),
        _("The server keeps the time. What was answered until it is over counts; nothing later."),
        _("The first {count} attempts of a day count. The best of a week is the week's result.").format(
            count=quiz.attempts_a_day
        ),
        _("More than these are practice; no more than {most} attempts on a day.").format(most=quiz.most_a_day),
        _("A week begins every seven days, first with the quiz; a week without an attempt is worth 0."),
        _("Of {weeks} weeks the best {best} count; their mean is the quiz score.").format(
            weeks=quiz.weeks, best=quiz.best_weeks
        ),
    )


def _ballots(rules: Rules, locale: str) -> tuple[str, ...]:
    """Who may vote, how often, and what becomes of the ballot."""
    _ = translator(locale)
    votes = rules.votes
    return (
        _("One ballot a day and verified voter, with {fewest} to {most} names. Nobody votes for themselves.").format(
            fewest=votes.fewest, most=votes.most
        ),
        _(
            "Verified is who has a slip or message of a served transaction, a mobile number to which a code was sent,"
            " or a contestant's sign-in. A day ends at midnight, Beijing time."
        ),
        _("A slip works once, and for {days} days unless another day stands on it.").format(days=tokens.DAYS),
        _("A code works once within {minutes} minutes; {tries} wrong entries use it up.").format(
            minutes=codes.CODE_MINUTES, tries=codes.CODE_TRIES
        ),
        _("A ballot that was cast cannot be changed or taken back."),
        _("The ballots of a day are published on the next day.")
        if votes.published == "daily"
        else _("The list of ballots is published when votes have ended; no counts are shown before."),
    )


def _votes(rules: Rules, locale: str) -> tuple[str, ...]:
    """What votes are worth."""
    _ = translator(locale)
    votes = rules.votes
    return (
        _(
            "Votes score 100 × ln(1 + votes) ÷ ln(1 + P), at most 100. P is the number of votes that {percentile} % of"
            " the contestants of the same organisation do not exceed; below {small} contestants, of the same zone."
        ).format(percentile=votes.percentile, small=votes.small),
        _("Where P is 0 nobody has points for votes. An organisation without a zone is compared with the city."),
    )


def _held(rules: Rules, locale: str) -> tuple[str, ...]:
    """What a person looks at before it counts, with every threshold."""
    _ = translator(locale)
    told = {
        "device": _("from one device"),
        "network": _("from one subnet (the first {v4} bits of an IPv4 address, {v6} of an IPv6 one)").format(
            v4=anomalies.V4_BITS, v6=anomalies.V6_BITS
        ),
        "burst": _("for one contestant"),
        "name_outlet": _("for one contestant with slips of one hall, and more than {share} % of that hall's"),
        "name_network": _("for one contestant from one subnet, and more than {share} % of that subnet's"),
        "fresh": _("for one contestant from devices that never voted before, and more than {share} % of the"
                   " contestant's"),
    }  # fmt: skip

    def line(name: str) -> str:
        limit = anomalies.limit_of(rules.votes.anomalies, name)
        said = _("More than {ballots} ballots within {span} {what}.")
        what = told[name].format_map(vars(limit))
        return said.format(ballots=limit.ballots, span=span(limit.seconds, locale), what=what)

    return (
        _(
            "Suspicious ballots are held back with a reason until a person decides."
            " Every ballot can be found by its receipt."
        ),
        *(line(name) for name in (*anomalies.FLOODS, *anomalies.SHARES)),
        _("Ballots for a contestant by a phone that later turns out to be the contestant's own."),
        _("A held ballot counts or is discarded with a comment. The season is not closed while one waits."),
    )


def _bonus(rules: Rules, locale: str) -> tuple[str, ...]:
    _ = translator(locale)
    bonus = rules.bonus
    return (
        _("A published case gives {case}, an adopted idea {ideas} points; together at most {cap}.").format(
            case=points(bonus.case), ideas=_(" or ").join(map(points, bonus.ideas)), cap=points(bonus.cap)
        ),
        _("No more than {most} are handed in by one contestant within 24 hours.").format(most=bonus.most_a_day),
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
        _("Equal remainders: the organisation with more contestants first, then by its code."),
        _(
            "Who is ruled out for fraud or a serious complaint that was upheld becomes no star, whatever the points."
            " The reason is seen by the organiser only. Upheld complaints otherwise only break ties."
        ),
        _("Where contestants share the last seat, the panel decides by recorded ballot."),
        _(
            "A judge has one vote for each contestant of the shared place, while the season is frozen, and none for"
            " the own organisation. It cannot be taken back."
        ),
    )


def _boards(rules: Rules, locale: str) -> tuple[str, ...]:
    _ = translator(locale)
    return (
        _("While people vote, the scoreboard is published once a week. It stands still on the days named above, and"
          " from the freeze before the final until the result."),
        _("The league of organisations: the mean of all totals, as if {prior} more contestants of each had the"
          " city's mean.").format(prior=rules.skill.prior),
        _("Points are kept in hundredths; {full} is the most that skills, quiz and votes can give.").format(
            full=points(scores.FULL)
        ),
        _(
            "Changed rules are another version, with its reason; the newest stands here and counts for the whole"
            " season."
        ),
        _("Anybody can recount the season from a file that is published with the result."),
    )  # fmt: skip
