"""Papers and attempts are drawn by seed: the same for all who repeat it, balanced, through the whole bank."""

from collections import Counter
from dataclasses import replace

import pytest

from audit.domain.contest.drawing import draw_attempt, draw_paper, options_in_order, shuffled, wanted
from audit.domain.contest.questions import worth
from audit.domain.contest.rules import default_rules
from audit.errors import RoundsError

RULES = default_rules().quiz
BANK = {"easy": range(1, 51), "medium": range(51, 101), "hard": range(101, 126)}
DIFFICULTY = {one: difficulty for difficulty, ids in BANK.items() for one in ids}


def balance(ids: list[int]) -> dict[str, int]:
    return dict(Counter(DIFFICULTY[one] for one in ids))


def test_a_draw_can_be_repeated_from_its_seed_and_is_written_down_here() -> None:
    # These figures may never change: papers in the database are repeated from their seeds.
    assert shuffled(7, range(10), "paper") == [2, 0, 3, 4, 1, 7, 9, 5, 8, 6]
    assert draw_paper(7, RULES, BANK, {}) == draw_paper(7, RULES, {k: tuple(reversed(v)) for k, v in BANK.items()}, {})
    assert draw_paper(7, RULES, BANK, {}) != draw_paper(8, RULES, BANK, {})


@pytest.mark.parametrize("seed", range(20))
def test_every_paper_and_every_attempt_has_the_balance_of_the_rules(seed: int) -> None:
    paper = draw_paper(seed, RULES, BANK, {})
    assert balance(paper) == {difficulty: 3 * number for difficulty, number in wanted(RULES).items()}
    attempt = draw_attempt(seed + 1, RULES, paper, DIFFICULTY)
    assert balance(attempt) == wanted(RULES)
    assert len(set(attempt)) == RULES.questions
    assert set(attempt) <= set(paper)


def test_a_season_goes_through_the_whole_bank_before_it_repeats() -> None:
    used: Counter[int] = Counter()
    for week in range(1, RULES.weeks + 1):
        used.update(draw_paper(1000 + week, RULES, BANK, used))
    assert set(used) == set(DIFFICULTY)
    for ids in BANK.values():
        assert max(used[one] for one in ids) - min(used[one] for one in ids) <= 1


def test_over_many_attempts_every_question_of_a_paper_is_asked_about_equally_often() -> None:
    paper = draw_paper(3, RULES, BANK, {})
    asked = Counter(one for seed in range(3000) for one in draw_attempt(seed, RULES, paper, DIFFICULTY))
    assert min(asked[one] for one in paper) > 850  # a third of 3000 each
    assert max(asked[one] for one in paper) < 1150
    first = Counter(draw_attempt(seed, RULES, paper, DIFFICULTY)[0] for seed in range(3000))
    assert max(first.values()) < 160  # about 100 each


def test_a_bank_that_is_too_small_says_which_difficulty_lacks() -> None:
    with pytest.raises(RoundsError) as caught:
        draw_paper(1, RULES, BANK | {"hard": [101]}, {})
    assert (caught.value.code, caught.value.params) == (
        "quiz.bank_short",
        {"difficulty": "难 Hard", "needed": 2, "found": 1},
    )


def test_options_are_lettered_anew_in_every_attempt_but_true_stays_before_false() -> None:
    orders = {tuple(options_in_order(seed, 5, "single", "abcd")) for seed in range(300)}
    assert len(orders) == 24
    assert {tuple(options_in_order(seed, 5, "true_false", "ab")) for seed in range(50)} == {("a", "b")}


@pytest.mark.parametrize("count", [1, 3, 7, 10, 99, 100])
def test_the_questions_of_an_attempt_give_100_points_together(count: int) -> None:
    points = [worth(position, count) for position in range(count)]
    assert sum(points) == 10_000
    assert max(points) - min(points) <= 1


def test_a_rule_without_hard_questions_draws_none() -> None:
    paper = draw_paper(1, replace(RULES, hard=0), BANK, {})
    assert "hard" not in balance(paper)
