"""The contest's formulas: hand-worked vectors, and what must hold for any contestants."""

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.domain.contest import scores
from audit.domain.contest.rules import Rules, StarRules, default_rules, usual_start
from audit.domain.contest.scores import Group, Standing, Tally, ranking, standings
from audit.domain.contest.stars import MERIT, quotas, select_stars
from audit.errors import RoundsError

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "contest.json").read_text("utf-8"))
RULES = default_rules()
SKILL = RULES.skill


def hundredths(points: str) -> int:
    return int(Decimal(points) * 100)


def square(points: str) -> Fraction:
    return Fraction(hundredths(points) ** 2)


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=[vector["name"] for vector in VECTORS["vectors"]])
def test_the_total_is_the_hand_worked_one_with_every_figure_on_the_way(vector: dict[str, Any]) -> None:
    number, own_mean, own_deviation = vector["own"]
    city = Group(0, Fraction(hundredths(vector["city"][0])), square(vector["city"][1]))
    own = Group(number, Fraction(hundredths(own_mean)), square(own_deviation))
    by = scores.shrunk(own, city, SKILL.prior)
    skill = scores.scale(by, SKILL).score(hundredths(vector["x"]))
    votes = scores.votes(vector["votes"], vector["reference"])
    total = scores.total(RULES, skill, hundredths(vector["quiz"]), votes, hundredths(vector["bonus"]))
    found = {
        "mean": f"{float(by.mean) / 100:.4f}",
        "deviation": f"{float(by.variance) ** 0.5 / 100:.4f}",
        **{
            name: f"{Decimal(figure) / 100:.2f}"
            for name, figure in (("skill", skill), ("votes", votes), ("total", total))
        },
    }
    assert found == vector["expected"]


@pytest.mark.parametrize("vector", VECTORS["quotas"], ids=[vector["name"] for vector in VECTORS["quotas"]])
def test_the_quotas_are_the_hand_worked_ones(vector: dict[str, Any]) -> None:
    assert quotas(vector["contestants"], StarRules(*vector["seats"], threshold=0)) == vector["expected"]


# fmt: off
REFERENCES = [
    # counts                 percent  worth 100
    ([],                     95,      0),
    ([7],                    95,      7),
    (range(1, 21),           95,      19),   # the 19th of 20
    (range(1, 101),          95,      95),
    ([0] * 19 + [500],       95,      0),    # one star among silent people: P95 = 0
    ([3, 1, 2],              50,      2),
    ([3, 1, 2],              100,     3),
]
# fmt: on


@pytest.mark.parametrize(("counts", "percent", "reference"), REFERENCES)
def test_the_votes_worth_a_hundred_are_a_count_that_somebody_has(
    counts: list[int], percent: int, reference: int
) -> None:
    assert scores.percentile(counts, percent) == reference


def test_a_small_organisation_is_measured_by_its_zone_and_one_without_a_zone_by_the_city() -> None:
    big = [Tally(f"a{n}", "a", "east", votes=n) for n in range(1, 21)]
    small = [Tally(f"b{n}", "b", "east", votes=100) for n in range(3)]
    alone = [Tally("c0", "c", "", votes=1)]
    assert scores.vote_references(RULES.votes, [*big, *small, *alone]) == {"a": 19, "b": 100, "c": 100}


def test_central_scores_stay_as_they_are_and_both_kinds_count_by_their_numbers() -> None:
    people = [Tally("a", "x", "", central=(3, 27_000)), Tally("b", "x", "", (1, 9_000), (3, 3 * 7_000))]
    lines = {line.key: line for line in standings(RULES, people)}
    assert (lines["a"].skill, lines["b"].skill) == (
        9_000,
        8_250,
    )  # b: (90 + 3 · 80) ÷ 4; alone in the city it is the mean


# fmt: off
TYPED = [("92.5", 9250), ("100", 10_000), ("0", 0), (" 7.05 ", 705), ("8．5", 850)]
REFUSED = ["", "-1", "100.01", "1e2", "92.555", "九十", "٩٠", "1,5", "nan"]
# fmt: on


@pytest.mark.parametrize(("told", "value"), TYPED)
def test_points_are_read_as_people_type_them(told: str, value: int) -> None:
    assert scores.hundredths("points", told, scores.FULL) == value


@pytest.mark.parametrize("told", REFUSED)
def test_what_are_no_points_is_refused(told: str) -> None:
    with pytest.raises(RoundsError, match="invalid"):
        scores.hundredths("points", told, scores.FULL)


# fmt: off
MISTAKES = [
    #  path of the change                     value                problem
    (("weights", "quiz"),                     31,                  "weights"),
    (("weights", "quiz"),                     "30",                "weights.quiz"),
    (("weights", "quiz"),                     True,                "weights.quiz"),
    (("skill", "prior"),                      -1,                  "skill"),
    (("quiz", "best_weeks"),                  17,                  "quiz"),
    (("quiz", "easy"),                        -1,                  "quiz.questions"),
    (("votes", "fewest"),                     4,                   "votes"),
    (("bonus", "ideas"),                      [],                  "bonus"),
    (("bonus", "ideas"),                      [100, "2"],          "bonus.ideas[1]"),
    (("stars", "proportional"),               128,                 "stars"),
    (("ties",),                               ["skill", "skill"],  "ties"),
    (("ties",),                               ["age"],             "ties"),
    (("stages",),                             [],                  "stages"),
    (("stages", 1, "first"),                  "2026-07-12",        "stages[1].first"),
    (("stages", 1, "first"),                  "13.7.2026",         "stages[1].first"),
    (("stages", 0, "opens"),                  ["lottery"],         "stages[0].opens"),
    (("stages", 0, "zh"),                     "",                  "stages[0].zh"),
    (("stages", 1, "last"),                   "2026-07-12",        "stages[1].last"),
    (("luck",),                               1,                   "luck"),
    (("votes", "luck"),                       1,                   "votes.luck"),
    (("stages", 0, "luck"),                   1,                   "stages[0].luck"),
]
# fmt: on


@pytest.mark.parametrize(("path", "value", "problem"), MISTAKES)
def test_rules_that_cannot_be_are_refused_by_their_place(path: tuple[Any, ...], value: Any, problem: str) -> None:
    data = RULES.to_json()
    part: Any = data
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = value
    with pytest.raises(RoundsError) as refused:
        Rules.from_json(data)
    assert (refused.value.code, refused.value.params["field"]) == ("season.rules", problem)


def test_rules_come_back_from_json_as_they_were_and_nothing_may_be_missing() -> None:
    data = json.loads(json.dumps(RULES.to_json()))
    assert Rules.from_json(data) == RULES
    del data["votes"]
    with pytest.raises(RoundsError, match="votes"):
        Rules.from_json(data)
    with pytest.raises(RoundsError, match="JSON"):
        Rules.from_json([])


def test_a_season_to_come_begins_on_the_same_weekday_of_the_year() -> None:
    first = RULES.stages[0].first
    for after, years in ((first - dt.timedelta(days=900), 0), (first - dt.timedelta(days=1), 0), (first, 1),
                         (first + dt.timedelta(days=363), 1), (first + dt.timedelta(days=364), 2)):  # fmt: skip
        assert usual_start(after) == first + years * dt.timedelta(days=364)
    moved = RULES.moved(dt.timedelta(days=364))
    assert moved.week_of(dt.date(2027, 7, 12)) == 1, "quiz weeks begin on Mondays"
    assert moved.moved(dt.timedelta(days=-364)) == RULES


# fmt: off
DAYS = [
    #  day           week   open
    ("2026-06-30",   0,     ""),
    ("2026-07-12",   0,     "skill cases"),
    ("2026-07-13",   1,     "skill quiz cases"),
    ("2026-07-19",   1,     "skill quiz cases"),
    ("2026-07-20",   2,     "skill quiz cases"),
    ("2026-10-01",   12,    "skill quiz votes"),
    ("2026-11-01",   16,    "quiz votes"),
    ("2026-11-02",   0,     ""),
    ("2026-11-14",   0,     ""),
]
# fmt: on


@pytest.mark.parametrize(("day", "week", "open_"), DAYS)
def test_a_day_has_its_week_and_its_open_legs(day: str, week: int, open_: str) -> None:
    on = dt.date.fromisoformat(day)
    assert RULES.week_of(on) == week
    assert [leg for leg in ("skill", "quiz", "votes", "cases") if RULES.is_open(leg, on)] == open_.split()


# -- what must hold for any contestants

TALLY = st.builds(
    Tally,
    key=st.uuids().map(str),
    organisation=st.sampled_from("abcd"),
    zone=st.just("east"),
    central=st.sampled_from([(0, 0), (1, 9_900), (2, 16_000)]),
    branch=st.tuples(st.integers(0, 3), st.integers(0, 10_000)).map(lambda pair: (pair[0], pair[0] * pair[1])),
    quiz=st.sampled_from([0, 60_000, 100_000, 120_000]),
    votes=st.integers(0, 4),
    bonus=st.integers(0, 8).map(lambda points: 100 * points),
    complaints=st.integers(0, 1),
    eligible=st.booleans(),
    panel=st.integers(0, 1),
)
PEOPLE = st.lists(TALLY, min_size=1, max_size=30, unique_by=lambda tally: tally.key)
STARS = st.builds(
    StarRules,
    total=st.integers(3, 12),
    base=st.integers(0, 2),
    proportional=st.integers(0, 3),
    threshold=st.sampled_from([0, 5_000, 7_500]),
)
WEIGHTS = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.integers(0, 400), max_size=40)


@settings(deadline=None, max_examples=60)
@given(WEIGHTS, st.integers(1, 200), st.integers(0, 3), st.integers(0, 100))
def test_the_quotas_always_add_up(people: dict[str, int], seats: int, base: int, proportional: int) -> None:
    found = quotas(people, StarRules(seats, base, proportional, 0))
    assert sum(found.values()) == seats
    assert min(found.values()) >= 0
    assert found.keys() == {*people, MERIT}


def test_the_operators_quotas_are_128_whatever_the_branches() -> None:
    people = {"service": 300} | {f"b{number}": 20 + 3 * number for number in range(36)}
    found = quotas(people, RULES.stars)
    assert (sum(found.values()), found[MERIT]) == (128, 128 - 37 - 63)
    assert min(found.values()) >= 1


@settings(deadline=None, max_examples=60)
@given(PEOPLE, STARS)
def test_a_star_is_able_and_has_one_seat_and_every_seat_is_somebodys_undecided_or_vacant(
    people: list[Tally], stars: StarRules
) -> None:
    rules = replace(RULES, stars=stars)
    lines = standings(rules, people)
    found = select_stars(rules, lines)
    by_key = {line.key: line for line in lines}
    keys = [star.key for star in found.stars]
    assert len(set(keys)) == len(keys)
    assert all(by_key[key].eligible and by_key[key].total >= stars.threshold for key in keys)
    assert all(star.seat in (MERIT, by_key[star.key].organisation) for star in found.stars)
    assert len(keys) + sum(one.seats for one in found.undecided) + found.vacant == stars.total
    waiting = {key for one in found.undecided for key in one.keys}
    able = {line.key for line in lines if line.eligible and line.total >= stars.threshold}
    if found.vacant:
        assert able == set(keys) | waiting


@settings(deadline=None, max_examples=60)
@given(PEOPLE, STARS, st.randoms())
def test_the_order_in_which_people_are_given_means_nothing(people: list[Tally], stars: StarRules, random: Any) -> None:
    rules = replace(RULES, stars=stars)
    other = random.sample(people, len(people))
    assert standings(rules, people) == standings(rules, other)
    lines = standings(rules, people)
    assert select_stars(rules, lines) == select_stars(rules, random.sample(lines, len(lines)))


@settings(deadline=None, max_examples=60)
@given(PEOPLE, STARS, st.sampled_from(["quiz", "bonus"]), st.integers(1, 40_000))
def test_more_points_never_cost_a_place_or_a_star(people: list[Tally], stars: StarRules, leg: str, more: int) -> None:
    rules = replace(RULES, stars=stars)
    me = people[0]
    better = replace(me, quiz=min(120_000, me.quiz + more)) if leg == "quiz" else replace(me, bonus=me.bonus + more)
    before, after = (standings(rules, [mine, *people[1:]]) for mine in (me, better))
    mine = [next(line for line in lines if line.key == me.key) for lines in (before, after)]
    assert mine[1].total >= mine[0].total
    assert mine[1].place <= mine[0].place
    was, now = (select_stars(rules, lines) for lines in (before, after))
    if me.key in {star.key for star in was.stars}:
        waiting = {key for one in now.undecided for key in one.keys}
        assert me.key in {star.key for star in now.stars} | waiting


@settings(deadline=None, max_examples=60)
@given(PEOPLE)
def test_whoever_is_the_same_in_everything_shares_a_place(people: list[Tally]) -> None:
    twin = replace(people[0], key="twin")
    lines = {line.key: line for line in standings(RULES, [*people, twin])}
    assert lines["twin"].place == lines[people[0].key].place


def test_ties_are_broken_by_skill_quiz_complaint_bonus_and_the_panel_in_this_order() -> None:
    def line(key: str, **figures: int) -> Standing:
        plain = {
            "skill": 80,
            "quiz": 80,
            "votes": 80,
            "bonus": 0,
            "total": 9_000,
            "complaints": 0,
            "panel": 0,
            "place": 0,
        }
        return Standing(key=key, organisation="a", eligible=True, **(plain | figures))  # type: ignore[arg-type]

    order = ranking(RULES)
    lines = [
        line("total", total=9_001),
        line("skill", skill=81),
        line("quiz", quiz=81),
        line("bonus", bonus=1),
        line("panel", panel=1),
        line("plain"),
        line("complaint", complaints=1, bonus=9),
        line("two complaints", complaints=2),
    ]
    assert [one.key for one in sorted(lines, key=order)] == [one.key for one in lines]
    assert order(line("one", complaints=1)) == order(line("two", complaints=2))


def test_a_seat_that_an_organisation_cannot_fill_returns_to_merit() -> None:
    rules = replace(RULES, stars=StarRules(total=3, base=1, proportional=0, threshold=5_000))
    people = [Tally(f"a{n}", "a", "", (1, 10_000), quiz=120_000 - 1_200 * n) for n in range(4)]
    people += [Tally("b", "b", "", (1, 2_000)), Tally("c", "c", "", (1, 10_000), quiz=120_000, eligible=False)]
    found = select_stars(rules, standings(rules, people))
    assert (found.returned, found.vacant) == ({"b": 1, "c": 1}, 0)
    assert [(star.key, star.seat) for star in found.stars] == [("a0", "a"), ("a1", MERIT), ("a2", MERIT)]


def test_where_a_shared_place_meets_the_last_seat_the_panel_decides() -> None:
    rules = replace(RULES, stars=StarRules(total=2, base=0, proportional=0, threshold=0))
    people = [Tally("first", "a", "", bonus=300), *(Tally(key, "a", "", bonus=200) for key in ("x", "y"))]
    found = select_stars(rules, standings(rules, people))
    assert [star.key for star in found.stars] == ["first"]
    assert [(one.seats, sorted(one.keys)) for one in found.undecided] == [(1, ["x", "y"])]
    assert not found.final
    people[2] = replace(people[2], panel=2)
    found = select_stars(rules, standings(rules, people))
    assert ([star.key for star in found.stars], found.final) == (["first", "y"], True)
