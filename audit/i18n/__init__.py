"""Chinese and English: message catalogues, dates, and the choice between bilingual fields.

English source text is the message id; `locales/<locale>/*.po` are the source and are compiled in memory, all files
of a locale into one catalogue (one file a part of the product). Never translate at import time: the locale belongs
to the person, not to the process.
"""

import datetime as dt
import gettext
import io
from collections.abc import Callable
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from audit.errors import RoundsError

LOCALES = {"zh_CN": "中文", "en": "English"}
DEFAULT_LOCALE = "zh_CN"
BUSINESS_ZONE = ZoneInfo("Asia/Shanghai")
FOLDER = Path(__file__).parent / "locales"
PROJECT_SOURCES = tuple(str(Path(__file__).parents[2] / room) for room in ("audit", "exports", "pages"))


@cache
def catalogue(locale: str) -> gettext.NullTranslations:
    """All `.po` files of one locale as one compiled catalogue; an unknown locale gets the default one."""
    if locale not in LOCALES:
        locale = DEFAULT_LOCALE
    merged: gettext.GNUTranslations | None = None
    for source in sorted((FOLDER / locale).glob("*.po")):
        with source.open("rb") as file:
            messages = read_po(file, locale=locale)
        binary = io.BytesIO()
        write_mo(binary, messages)
        binary.seek(0)
        part = gettext.GNUTranslations(binary)
        if merged is None:
            merged = part
        else:
            merged._catalog.update({key: text for key, text in part._catalog.items() if key})  # type: ignore[attr-defined]
    return merged or gettext.NullTranslations()


def translator(locale: str) -> Callable[[str], str]:
    """The `_` of one locale: message id (English text) → text."""
    return catalogue(locale).gettext


def message(error: RoundsError, locale: str) -> str:
    """The sentence a person reads for a refusal."""
    return translator(locale)(f"error.{error.code}").format(**error.params)


def pick(locale: str, zh: str, en: str) -> str:
    """The text of a bilingual pair in this locale, or the other one where it is empty."""
    return (zh or en) if locale.startswith("zh") else (en or zh)


def aside(locale: str, text: str, more: object) -> str:
    """A text with something in brackets, which are of the same width as the language's letters."""
    return f"{text}（{more}）" if locale.startswith("zh") else f"{text} ({more})"


def negotiate(accept_language: str | None) -> str:
    """The locale for a browser's `Accept-Language`: the first one named that we speak, else the default.

    Browsers list languages by preference, so the quality values need not be read.
    """
    for part in (accept_language or "").split(","):
        tag = part.split(";")[0].strip().lower()
        if tag.startswith("zh"):
            return "zh_CN"
        if tag.startswith("en"):
            return "en"
    return DEFAULT_LOCALE


def business_date(instant: dt.datetime) -> dt.date:
    """The day in Asia/Shanghai, where the business day is counted."""
    return instant.astimezone(BUSINESS_ZONE).date()


def format_date(locale: str, day: dt.date | None) -> str:
    """2026年11月22日 or 22 Nov 2026; empty for no date."""
    if day is None:
        return ""
    if isinstance(day, dt.datetime):
        day = business_date(day)
    if locale.startswith("zh"):
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def format_days(locale: str, first: dt.date, last: dt.date) -> str:
    """From one day to another: 2026年11月22日 – 12月4日 or 22 Nov – 4 Dec 2026.

    A single day is named once, and so is a year that both share.
    """
    if first == last:
        return format_date(locale, first)
    begin, end = format_date(locale, first), format_date(locale, last)
    if first.year == last.year:
        year = f"{first.year}年" if locale.startswith("zh") else f" {first.year}"
        begin, end = (begin, end.removeprefix(year)) if locale.startswith("zh") else (begin.removesuffix(year), end)
    return f"{begin} – {end}"


def format_month(locale: str, month: str) -> str:
    """2026年11月 or Nov 2026, of a month as 2026-11."""
    year, number = map(int, month.split("-"))
    return f"{year}年{number}月" if locale.startswith("zh") else f"{_MONTHS[number - 1]} {year}"


def format_instant(locale: str, instant: dt.datetime | None) -> str:
    """Day and minute in Asia/Shanghai, e.g. 2026年11月22日 18:00; empty for none."""
    if instant is None:
        return ""
    return f"{format_date(locale, instant)} {instant.astimezone(BUSINESS_ZONE):%H:%M}"


def format_due(locale: str, instant: dt.datetime | None) -> str:
    """Day with its weekday, and minute, in Asia/Shanghai: 2026年11月20日（周五）18:00; empty for none."""
    if instant is None:
        return ""
    local = instant.astimezone(BUSINESS_ZONE)
    if locale.startswith("zh"):
        return f"{format_date(locale, local)}（周{'一二三四五六日'[local.weekday()]}）{local:%H:%M}"
    return f"{_DAYS[local.weekday()]} {format_date(locale, local)}, {local:%H:%M}"


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
