"""Questions in Moodle's GIFT format: what is read, what is refused with its line, and that writing loses nothing."""

from dataclasses import replace

import pytest

from audit.domain.contest import gift
from audit.domain.contest.questions import TRUE_OR_FALSE, Option, QuestionKind, QuestionValues

MOODLE = """// question: 1  name: 排队叫号
$CATEGORY: $course$/top/营业厅服务

// [id:HS-01] [tag:easy]
::排队叫号::[html]<p>客户进厅后应先做什么？</p>{
	=取号<br>#取号后按顺序办理
	~直接到柜台
	~%0%离开
}

// a comment that says nothing
Who is buried in Grant's tomb\\: {~%50%Grant ~%50%Julia ~%-100%nobody}

::Sun::The sun rises in the east.{TRUE#wrong#right, in the east}

Moodle costs {~lots of money =nothing ~a little} to download.
"""


def test_what_moodle_writes_is_read_with_line_code_topic_and_difficulty() -> None:
    reading = gift.read(MOODLE)
    assert reading.faults == []
    hall, tomb, sun, missing = (question for _, question in reading.questions)
    assert [line for line, _ in reading.questions] == [5, 12, 14, 16]
    assert (hall.code, hall.difficulty, hall.topic_zh, hall.text_zh) == (
        "HS-01",
        "easy",
        "营业厅服务",
        "客户进厅后应先做什么？",
    )
    assert ([one.zh for one in hall.options], hall.right) == (["取号", "直接到柜台", "离开"], ("a",))
    assert hall.explanation_zh == "取号后按顺序办理"
    assert (tomb.kind, tomb.right, tomb.text_en) == (
        QuestionKind.MULTIPLE,
        ("a", "b"),
        "Who is buried in Grant's tomb:",
    )
    assert (sun.kind, sun.right, sun.code, sun.explanation_en) == ("true_false", ("a",), "Sun", "right, in the east")
    assert missing.text_en == "Moodle costs _____ to download."


# fmt: off
REFUSED = {
    "an essay":        ("Say something. {}", "gift.kind"),
    "numerical":       ("Two and two? {#4}", "gift.kind"),
    "a short answer":  ("Capital? {=Chongqing =CQ}", "gift.kind"),
    "matching":        ("Match. {=a -> b =c -> d ~e}", "gift.kind"),
    "a description":   ("Only a text.", "gift.no_answers"),
    "an open brace":   ("Which? {=a ~b", "gift.braces"),
    "text for answer": ("Which? {a or b}", "gift.answers"),
    "no right one":    ("Which? {~a ~b}", "question.right"),
    "one option":      ("Which? {=a}", "gift.kind"),
    "the same twice":  ("Which? {=a ~A}", "question.option"),
    "nine options":    ("Which? {=a ~b ~c ~d ~e ~f ~g ~h ~i}", "gift.answers"),
    "no text":         ("::x::{T}", "required"),
}
# fmt: on


@pytest.mark.parametrize(("text", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_played_is_refused_with_its_line_and_the_rest_is_read(text: str, code: str) -> None:
    reading = gift.read(f"// one\n\n{text}\n\nFine? {{T}}\n")
    assert [(line, error.code) for line, error in reading.faults] == [(3, code)]
    assert len(reading.questions) == 1


def test_a_code_that_stands_twice_is_refused_and_the_first_line_named() -> None:
    [(line, error)] = gift.read("::Q1::Is it? {T}\n\n::Q1::Is it not? {F}\n").faults
    assert (line, error.code, error.params) == (3, "spreadsheet.duplicate", {"value": "Q1", "row": 1})


OPTIONS = (
    Option("a", "价格是 30 元 = 30 GB", "{30} yuan ~ 30 GB"),
    Option("b", "C:\\路径#1", "a <b> & c"),
    Option("c", "第一行\n第二行", "one\ntwo"),
    Option("d", "没有", "none: of these"),
)
QUESTION = QuestionValues(
    "Q-1",
    "single",
    "hard",
    "资费 说明",
    "Tariffs",
    "下列哪项正确？::",
    "Which {one}?",
    OPTIONS,
    ("b",),
    "因为 #b。",
    "Because: b.",
)


@pytest.mark.parametrize(
    "question",
    [
        QUESTION,
        replace(QUESTION, kind="multiple", right=("a", "c", "d")),
        replace(QUESTION, kind="true_false", options=TRUE_OR_FALSE, right=("b",)),
        replace(QUESTION, text_en="", explanation_zh="", explanation_en="", topic_zh="", topic_en=""),
        replace(QUESTION, topic_en=""),
        replace(QUESTION, topic_zh=""),
    ],
    ids=["single", "multiple", "true or false", "Chinese only", "Chinese topic", "English topic"],
)
def test_what_is_written_is_read_again_as_it_was(question: QuestionValues) -> None:
    reading = gift.read(gift.write([question]))
    assert reading.faults == []
    assert reading.questions[0][1] == question
