"""The demo city's question bank: sound, bilingual, varied, and big enough for a season."""

from collections import Counter

import pytest

from audit.demo.questions import questions
from audit.domain.contest import gift
from audit.domain.contest.questions import QuestionValues, check
from audit.domain.contest.rules import default_rules

BANK = list(questions())


@pytest.mark.parametrize("question", BANK, ids=[question.code for question in BANK])
def test_a_question_is_sound_and_says_everything_in_both_languages(question: QuestionValues) -> None:
    check(question)
    texts = [(question.text_zh, question.text_en), (question.explanation_zh, question.explanation_en)]
    texts += [(option.zh, option.en) for option in question.options]
    assert all(zh and en for zh, en in texts)
    assert question.text_zh != question.text_en
    assert not any("一" <= sign <= "鿿" for _, en in texts for sign in en)


def test_the_bank_is_large_balanced_and_of_several_kinds() -> None:
    assert len(BANK) == len({question.code for question in BANK}) == len({question.text_zh for question in BANK}) == 120
    levels = Counter(question.difficulty for question in BANK)
    quiz = default_rules().quiz
    assert levels["easy"] >= 3 * quiz.easy
    assert levels["medium"] >= 3 * quiz.medium
    assert levels["hard"] >= 3 * quiz.hard
    assert len({question.topic_zh for question in BANK}) == 6
    assert min(Counter(question.kind for question in BANK).values()) >= 15
    truths = Counter("a" in question.right for question in BANK if question.kind == "true_false")
    assert min(truths.values()) >= 10  # neither “true” nor “false” is a good guess


def test_moodle_gets_the_whole_bank_and_gives_it_back() -> None:
    reading = gift.read(gift.write(BANK))
    assert reading.faults == []
    assert [question for _, question in reading.questions] == BANK
