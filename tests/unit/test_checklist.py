import json
from dataclasses import replace

import pytest

from audit.domain import conditions
from audit.domain.checklist import Checklist, Item, Section, problems, visible_items
from audit.errors import ERRORS, RoundsError
from audit.i18n import LOCALES, message, translator


def item(code: str, **changes) -> Item:
    texts = {
        field: f"{code} {field}"
        for field in (
            "text_zh",
            "text_en",
            "guidance_zh",
            "guidance_en",
            "requirement_zh",
            "requirement_en",
            "criterion_zh",
            "criterion_en",
        )
    }
    rules = {"points": 2, "critical": False, "photo": "on_fail", "evidence": "photo", "severity": "minor"}
    return Item(code=code, **{**texts, **rules, **changes})


def checklist(*items: Item, weight: int = 100) -> Checklist:
    return Checklist("hall", "2026.1", "厅", "Hall", "hall", (Section("A", "环境", "Environment", weight, items),))


def shown_if(text: str) -> dict:
    return {"show_if": conditions.parse(text)}


def found(broken: Checklist) -> list[tuple[str, str]]:
    return [(problem.code, ".".join(map(str, problem.path))) for problem in problems(broken)]


def test_a_checklist_survives_the_way_through_json_text():
    original = checklist(
        item("A01", critical=True, severity="critical", reference_photo="sign.jpg"),
        item("A02", **shown_if("(${A01} = 'fail' or ${A01} = 0.5) and ${A01} != ''")),
    )
    assert Checklist.from_json(json.loads(json.dumps(original.to_json()))) == original


def test_a_sound_checklist_has_no_problems():
    assert problems(checklist(item("A01"), item("A02", points=0))) == []


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda data: data.pop("kind"), "kind"),
        (lambda data: data.update(colour="green"), "colour"),
        (lambda data: data.update(sections="A"), "sections"),
        (lambda data: data["sections"].append(7), "sections[1]"),
        (lambda data: data["sections"][0].update(weight="25"), "sections[0].weight"),
        (lambda data: data["sections"][0]["items"][0].update(points=1.5), "sections[0].items[0].points"),
        (lambda data: data["sections"][0]["items"][0].update(points=True), "sections[0].items[0].points"),
        (lambda data: data["sections"][0]["items"][0].update(critical="yes"), "sections[0].items[0].critical"),
        (lambda data: data["sections"][0]["items"][0].update(text_zh=None), "sections[0].items[0].text_zh"),
        (lambda data: data["sections"][0]["items"][0].update(show_if="${A}='x'"), "sections[0].items[0].show_if"),
        (lambda data: data["sections"][0]["items"][0].update(show_if={"op": "or", "of": []}), ".show_if"),
        (
            lambda data: data["sections"][0]["items"][0].update(
                show_if={"op": "or", "of": [{"op": "=", "code": "A", "value": True}, {"op": "=", "code": "A"}]}
            ),
            "show_if.of[0]",
        ),
    ],
)
def test_json_of_the_wrong_shape_is_refused_with_the_place_of_the_fault(change, where):
    data = checklist(item("A01")).to_json()
    change(data)
    with pytest.raises(RoundsError, match=r"checklist\.malformed") as refusal:
        Checklist.from_json(data)
    assert refusal.value.params["where"].endswith(where)


def test_json_nested_a_thousand_deep_is_refused_instead_of_exhausting_the_stack():
    tree = {"op": "=", "code": "A01", "value": "fail"}
    for _ in range(1000):
        tree = {"op": "and", "of": [tree, tree]}
    with pytest.raises(RoundsError, match=r"checklist\.malformed"):
        conditions.from_json(tree, "show_if")


@pytest.mark.parametrize(
    ("broken", "code", "path"),
    [
        (checklist(), "checklist.section_empty", "sections.0"),
        (replace(checklist(), sections=()), "checklist.no_sections", "sections"),
        (checklist(*(item(f"X{n}") for n in range(301))), "checklist.too_big", "sections"),
        (replace(checklist(item("A01")), code="Hall!"), "checklist.code_invalid", "code"),
        (replace(checklist(item("A01")), version="第一版"), "checklist.version_invalid", "version"),
        (replace(checklist(item("A01")), kind="shop"), "checklist.choice", "kind"),
        (replace(checklist(item("A01")), title_en=" "), "checklist.text_missing", "title_en"),
        (checklist(item("A01"), item("a01")), "checklist.code_duplicate", "sections.0.items.1.code"),
        (checklist(item("A")), "checklist.code_duplicate", "sections.0.items.0.code"),
        (checklist(item("1 2")), "checklist.code_invalid", "sections.0.items.0.code"),
        (checklist(item("A01", text_zh="")), "checklist.text_missing", "sections.0.items.0.text_zh"),
        (
            checklist(item("A01", criterion_en="x" * 1001)),
            "checklist.text_too_long",
            "sections.0.items.0.criterion_en",
        ),
        (checklist(item("A01", text_zh="门\x07")), "checklist.text_character", "sections.0.items.0.text_zh"),
        (checklist(item("A01", text_zh=" 门")), "checklist.text_character", "sections.0.items.0.text_zh"),
        (checklist(item("A01", points=-1)), "checklist.number_range", "sections.0.items.0.points"),
        (checklist(item("A01"), weight=1001), "checklist.number_range", "sections.0.weight"),
        (checklist(item("A01"), weight=0), "checklist.weight", "sections.0.weight"),
        (checklist(item("A01", points=0)), "checklist.weight", "sections.0.weight"),
        (checklist(item("A01", photo="maybe")), "checklist.choice", "sections.0.items.0.photo"),
        (checklist(item("A01", evidence="promise")), "checklist.choice", "sections.0.items.0.evidence"),
        (checklist(item("A01", severity="")), "checklist.choice", "sections.0.items.0.severity"),
        (checklist(item("A01", critical=True)), "checklist.critical_severity", "sections.0.items.0.severity"),
        (
            checklist(item("A01", reference_photo="../etc")),
            "checklist.reference_photo",
            "sections.0.items.0.reference_photo",
        ),
        (
            checklist(item("A01", **shown_if("${Z99} = 'fail'"))),
            "checklist.condition_unknown",
            "sections.0.items.0.show_if",
        ),
        (
            checklist(item("A01", **shown_if("${A01} = 'fail'"))),
            "checklist.condition_forward",
            "sections.0.items.0.show_if",
        ),
        (
            checklist(item("A01", **shown_if("${A02} = 'fail'")), item("A02", **shown_if("${A01} = 'fail'"))),
            "checklist.condition_forward",
            "sections.0.items.0.show_if",
        ),
        (
            checklist(item("A01"), item("A02", **shown_if("${A01} = 'red'"))),
            "checklist.condition_value",
            "sections.0.items.1.show_if",
        ),
        (
            checklist(item("A01"), item("A02", show_if=conditions.Comparison("A01", "=", "'\""))),
            "checklist.condition",
            "sections.0.items.1.show_if",
        ),
    ],
)
def test_each_mistake_is_found_with_its_code_and_place(broken, code, path):
    assert (code, path) in found(broken)


def test_every_mistake_has_a_sentence_in_every_language():
    broken = replace(
        checklist(item("1", text_en="", points=-1, photo="x"), item("A02", **shown_if("${Z} = 5"))), code=""
    )
    for problem in problems(broken):
        for locale in LOCALES:
            assert not message(RoundsError(problem.code, **problem.params), locale).startswith("error.")
    for code in ERRORS:
        if code.startswith("checklist."):
            texts = {translator(locale)(f"error.{code}") for locale in LOCALES}
            assert len(texts) == len(LOCALES), code


def test_and_binds_tighter_than_or_and_brackets_group():
    tight = conditions.parse("${A} = 'pass' or ${B} = 'pass' and ${C} = 'pass'")
    loose = conditions.parse("(${A} = 'pass' or ${B} = 'pass') and ${C} = 'pass'")
    ratings = {"A": "pass", "B": "fail", "C": "fail"}
    assert conditions.holds(tight, ratings)
    assert not conditions.holds(loose, ratings)


@pytest.mark.parametrize(
    "text",
    [
        "${A01} = 'fail'",
        "${A01} != 0.5",
        "${A01} = '' or ${A02} = 1 and ${A03} != 'na'",
        "(${A01} = 'fail' or ${A02} = 'fail') and (${A03} = 'fail' or ${A04} = 0)",
        "(${A01} = 1 and ${A02} = 1) and ${A03} = 1",
        "(${A01} = 1 or ${A02} = 1) or ${A03} = 1",
    ],
)
def test_the_written_form_of_a_condition_comes_back_unchanged(text):
    assert conditions.write(conditions.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 1),
        ("${A} =", 7),
        ("${A} > 1", 6),
        ("${A} = ${B}", 8),
        ("'fail' = ${A}", 1),
        ("not(${A} = 1)", 1),
        ("selected(${A}, 'fail')", 1),
        ("${A} = 'fail' or", 17),
        ("${A} = 'fail' xor ${B} = 'fail'", 15),
        ("${A} = 'fail')", 14),
        ("${A} = 'fail", 8),
        ("${A} = 1.2.3", 8),
        ("(" * 9 + "${A} = 1" + ")" * 9, 9),
        ("${A} = 1 or " * 100 + "${A} = 1", 500),
    ],
)
def test_anything_but_comparisons_joined_by_and_or_is_refused_at_its_character(text, position):
    with pytest.raises(RoundsError, match=r"checklist\.condition ") as refusal:
        conditions.parse(text)
    assert refusal.value.params["position"] == position


@pytest.mark.parametrize(
    ("text", "rating", "expected"),
    [
        # A number compares with the worth of the rating: pass 1, partial 0.5, fail 0; na, later and no answer: nothing.
        ("${A} = 1", "pass", True),
        ("${A} = 0.5", "partial", True),
        ("${A} = 0", "fail", True),
        ("${A} = 0", "na", False),
        ("${A} = 0", None, False),
        ("${A} != 1", "later", True),
        ("${A} != 1", "pass", False),
        # A string compares with the rating itself; no answer is the empty string.
        ("${A} = 'na'", "na", True),
        ("${A} = ''", None, True),
        ("${A} != 'pass'", None, True),
        ("${A} != ''", "later", True),
    ],
)
def test_comparisons_with_ratings_and_their_worth(text, rating, expected):
    assert conditions.holds(conditions.parse(text), {"A": rating}) is expected


def test_a_hidden_item_counts_as_not_answered_for_the_items_after_it():
    chain = checklist(
        item("A01"),
        item("A02", **shown_if("${A01} = 'fail'")),
        item("A03", **shown_if("${A02} = 'fail'")),
    )

    def codes(**ratings):
        return [shown.code for shown in visible_items(chain, ratings)]

    assert codes() == ["A01"]
    assert codes(A01="fail") == ["A01", "A02"]
    assert codes(A01="fail", A02="fail") == ["A01", "A02", "A03"]
    # A02's old rating is still there, but A02 is hidden now: A03 goes with it.
    assert codes(A01="pass", A02="fail") == ["A01"]


def test_an_item_and_its_section_are_found_by_code():
    lists = checklist(item("A01"), item("A02"))
    assert lists.item("A02") == item("A02")
    assert lists.section_of("A02") == lists.sections[0]
    assert lists.item("Z1") is None
    assert lists.section_of("Z1") is None
