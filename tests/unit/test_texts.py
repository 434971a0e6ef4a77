"""Every text that a person reads exists in both languages, and every error has one."""

import datetime as dt
import re
import string
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from audit.errors import ERRORS, RoundsError
from audit.i18n import (
    FOLDER,
    LOCALES,
    PROJECT_SOURCES,
    aside,
    catalogue,
    format_date,
    format_days,
    message,
    negotiate,
    pick,
    translator,
)
from audit.ui.page import Here

TABLET_TEXT = re.compile(r"""\bt\(\s*(?:"((?:[^"\\]|\\.)+)"|'((?:[^'\\]|\\.)+)'|`([^`$]+)`)""")


def _python_and_template_texts() -> set[str]:
    methods = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.svg", "jinja2")]
    found = set()
    for folder in PROJECT_SOURCES:
        for _file, _line, text, _comments, _context in extract_from_dir(
            folder, methods, keywords={"_": None, "N_": None}
        ):
            found.add(text if isinstance(text, str) else text[0])
    return found


def _sources(pattern: str) -> list[Path]:
    return [
        path for folder in PROJECT_SOURCES for path in Path(folder).rglob(pattern) if "node_modules" not in path.parts
    ]


def _tablet_texts() -> set[str]:
    return {
        next(part for part in found if part).replace('\\"', '"').replace("\\'", "'")
        for path in _sources("*.js")
        for found in TABLET_TEXT.findall(path.read_text("utf-8"))
    }


@pytest.mark.parametrize("texts", [_python_and_template_texts(), _tablet_texts()], ids=["pages", "tablet"])
def test_every_text_has_a_chinese_translation(texts: set[str]) -> None:
    known = catalogue("zh_CN")._catalog  # type: ignore[attr-defined]
    assert len(texts) > 20
    assert sorted(text for text in texts if not known.get(text)) == []


@pytest.mark.parametrize("locale", LOCALES)
def test_every_error_has_a_text_and_every_text_an_error(locale: str) -> None:
    texts = {key.removeprefix("error.") for key in catalogue(locale)._catalog if str(key).startswith("error.")}  # type: ignore[attr-defined]
    assert texts == set(ERRORS)


@pytest.mark.parametrize("code", ERRORS)
def test_the_texts_of_an_error_take_the_same_parameters_in_both_languages(code: str) -> None:
    def places(locale: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(translator(locale)(f"error.{code}")) if name}

    assert places("zh_CN") == places("en")


@pytest.mark.parametrize("locale", LOCALES)
def test_no_text_is_fuzzy_empty_or_said_twice_differently(locale: str) -> None:
    seen: dict[str, str] = {}
    for source in (FOLDER / locale).glob("*.po"):
        with source.open("rb") as file:
            for entry in read_po(file, locale=locale, abort_invalid=True):
                if entry.id:
                    assert entry.string, (source.name, entry.id)
                    assert not entry.fuzzy, (source.name, entry.id)
                    assert seen.setdefault(str(entry.id), str(entry.string)) == entry.string, (source.name, entry.id)


def test_a_refusal_is_a_sentence_in_the_persons_language() -> None:
    error = RoundsError("signin.throttled", seconds=7)
    assert message(error, "zh_CN") == "尝试次数过多，请 7 秒后再试。"
    assert message(error, "en") == "Too many attempts. Please wait 7 seconds."


@pytest.mark.parametrize(
    ("header", "locale"),
    [("zh-CN,zh;q=0.9", "zh_CN"), ("zh-TW", "zh_CN"), ("en-GB,en", "en"), ("fr,en;q=0.5", "en"), ("fr", "zh_CN"),
     ("", "zh_CN"), (None, "zh_CN"), (";;,,", "zh_CN")],
)  # fmt: skip
def test_the_language_is_the_first_that_the_browser_names_and_we_speak(header: str | None, locale: str) -> None:
    assert negotiate(header) == locale


def test_dates_are_written_the_way_each_language_writes_them() -> None:
    import datetime as dt

    late_in_the_evening_utc = dt.datetime(2026, 11, 21, 16, 30, tzinfo=dt.UTC)  # already the 22nd in Shanghai
    assert format_date("zh_CN", late_in_the_evening_utc) == "2026年11月22日"
    assert format_date("en", late_in_the_evening_utc) == "22 Nov 2026"
    assert format_date("en", None) == ""


def test_a_missing_translation_of_product_data_falls_back_to_the_other_language() -> None:
    assert [pick("en", "厅", "hall"), pick("zh_CN", "厅", "hall"), pick("en", "厅", ""), pick("zh_CN", "", "hall")] == [
        "hall", "厅", "厅", "hall",
    ]  # fmt: skip


def test_two_days_of_one_year_say_the_year_once_and_brackets_are_as_wide_as_the_letters() -> None:
    first, last, later = dt.date(2026, 11, 21), dt.date(2026, 12, 11), dt.date(2027, 1, 3)
    assert [format_days(locale, first, last) for locale in LOCALES] == [
        "2026年11月21日 – 12月11日", "21 Nov – 11 Dec 2026",
    ]  # fmt: skip
    assert [format_days(locale, first, later) for locale in LOCALES] == [
        "2026年11月21日 – 2027年1月3日", "21 Nov 2026 – 3 Jan 2027",
    ]  # fmt: skip
    assert [aside(locale, "A", 2) for locale in LOCALES] == ["A（2）", "A (2)"]


def test_a_single_thing_is_told_in_the_singular_and_chinese_knows_none() -> None:
    def told(locale: str, number: int) -> str:
        me = Here(None, None, locale, translator(locale))  # type: ignore[arg-type]
        return me.counted(number, "{count} step is left.", "{count} steps are left. Work from top to bottom.")

    assert [told("en", number)[:18] for number in (0, 1, 2)] == [
        "0 steps are left. ",
        "1 step is left.",
        "2 steps are left. ",
    ]
    assert told("zh_CN", 1) == told("zh_CN", 2).replace("2", "1")
