"""The house of our documents: one frame, one style, one set of words for visit report, notice and rectification report.

"Both" is the whole Chinese document followed by the whole English one: each half can be read, printed and signed alone,
the figures carry the same numbers, and the photos are stored in the file only once. Pairing the languages line by line
would halve the columns of every table.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import unquote

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from audit import tokens
from audit.domain.events import Head
from audit.domain.loop import STATE_NAMES
from audit.domain.reports import PhotoRef, Words
from audit.i18n import aside, format_date, format_due, format_instant, translator
from exports.base import PhotoFile, Progress, Written, no_progress
from exports.fonts import RARE, SANS, SIGNS
from exports.overlay import overlay
from exports.render import Renderer
from exports.text import printable

FOLDER = Path(__file__).parent
LOCALES = {"zh": "zh_CN", "en": "en"}
COLUMN_MM, HEIGHT_MM = 77.0, 46.0  # the box a photo is fitted into, two to a row
INNER_QUOTES = str.maketrans("“”", "‘’")  # of what stands between quotation marks itself
LONGEST_NAME = 120  # characters of a file's name; what it is must not be cut off
FAMILIES = f'"{SANS}", "{SANS}{RARE}", "Noto Sans CJK SC", sans-serif'
IN_ENGLISH = f'"{SIGNS}", {FAMILIES}'


class Paper(Protocol):
    """What every document's value has."""

    @property
    def branch(self) -> Words: ...

    @property
    def round(self) -> Words: ...

    @property
    def operator(self) -> Words: ...

    @property
    def draft(self) -> bool: ...

    @property
    def head(self) -> Head | None: ...

    def photos(self) -> Iterator[PhotoRef]: ...


Value = TypeVar("Value", bound=Paper)


@dataclass(frozen=True)
class Form(Generic[Value]):
    """A kind of document: its template, its name, and what its template gets, both in "zh" or "en"."""

    template: str
    title: Callable[[Value, str], str]
    view: Callable[[Value, str], Mapping[str, Any]]

    def export(
        self,
        value: Value,
        language: str,
        photo_file: PhotoFile,
        renderer: Renderer,
        out: Path,
        progress: Progress = no_progress,
    ) -> Written:
        """The document as a tagged PDF in the file `out`; `language` is "zh", "en" or "both".

        Raises what `Renderer.pdf` raises.
        """
        photos = {str(photo.uuid): photo_file(photo) for photo in value.photos()}
        pages = renderer.pdf(self.html(value, language, renderer.cache), photos, out, progress)
        return Written(self.filename(value, language), "application/pdf", out, pages)

    def filename(self, value: Value, language: str) -> str:
        """A name that says what is in the file, safe on every file system."""
        lead = "en" if language == "en" else "zh"
        kind = [self.title(value, lead)]
        if language == "both":
            kind.append("中英文")
        if value.draft:
            kind.append(translator(LOCALES[lead])("Draft"))
        whose, what = _safe([value.branch.of(lead), value.round.of(lead)]), _safe(kind)
        return f"{whose[: LONGEST_NAME - len(what)]}_{what}.pdf"

    def html(self, value: Value, language: str, cache: Path | None = None) -> str:
        """The whole document as HTML; photos have the address `rounds:photo/<uuid>`. `cache`: see `environment`."""
        languages = ("zh", "en") if language == "both" else (language,)
        lead = languages[0]
        sizes = Sizes()
        bodies = [
            Markup(
                environment(one, cache)
                .get_template(self.template)
                .render(self.view(value, one), sizes=sizes, marks=MARKS, head=value.head)
            )
            for one in languages
        ]
        frame = environment(lead, cache)
        return frame.get_template("document.html").render(
            title=f"{value.branch.of(lead)} {self.title(value, lead)}",
            author=value.operator.of(lead),
            style=Markup(frame.get_template("document.css").render(_tokens())) + sizes.rules(),
            bodies=bodies,
            language="zh-CN" if lead == "zh" else "en",
            watermark=" ".join(translator(LOCALES[one])("Draft") for one in languages) if value.draft else "",
        )


class Sizes:
    """The printed sizes of a document's photos, each as a class: a `style` of its own would cost 10 KB a photo."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def of(self, photo: PhotoRef, width: float = COLUMN_MM, height: float = HEIGHT_MM) -> str:
        """The class of the largest size that fits the box in millimetres."""
        scale = min(width / max(photo.width, 1), height / max(photo.height, 1))
        rule = f"width: {photo.width * scale:.1f}mm; height: {photo.height * scale:.1f}mm"
        return self._names.setdefault(rule, f"size-{len(self._names)}")

    def rules(self) -> Markup:
        """The style of all classes that were asked for."""
        return Markup("".join(f".{name} {{ {rule} }}\n" for rule, name in self._names.items()))


@lru_cache(maxsize=4)
def environment(language: str, cache: Path | None = None) -> Environment:
    """Jinja2 with escaping always on; an unknown name in a template is an error.

    `cache`: the folder below which compiled templates are kept for the next process (a tenth of a report's CPU).
    """
    locale = LOCALES[language]
    kept = None
    if cache:
        folder = cache / "templates"
        folder.mkdir(parents=True, exist_ok=True)
        # What is compiled depends on the options below, too.
        kept = FileSystemBytecodeCache(str(folder), f"{Path(__file__).stat().st_mtime_ns}_%s")
    made = Environment(
        loader=FileSystemLoader([FOLDER / "templates", FOLDER / "styles"]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        bytecode_cache=kept,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    _ = translator(locale)
    made.globals.update(
        _=_,
        aside=partial(aside, locale),
        counted=_counted,
        language=language,
        heading=_HEADINGS[language],
        date=lambda day: format_date(locale, day) if day else "—",
        instant=lambda moment: format_instant(locale, moment) if moment else "—",
        due=lambda moment: format_due(locale, moment) if moment else "—",
        overlay=overlay,
        word=lambda table, code: _(WORDS[table].get(code, "—")) if code else "—",
        state=lambda code: Words(*STATE_NAMES[code]).of(language),
    )
    made.filters.update(
        readable=unquote,
        words=lambda pair: pair.of(language),
        number=_number,
        signed=_signed,
        svg=Markup,
        inner=lambda text: text.translate(INNER_QUOTES),
    )
    return made


def _safe(parts: list[str]) -> str:
    return re.sub(r'[\\/:*?"<>|\s]+', "_", printable("_".join(parts)))


def _printable(value: object) -> object:
    return printable(value) if type(value) is str else value


def _counted(count: int, one: str, many: str) -> str:
    return (one if count == 1 else many).format(count=count)


def _number(value: Decimal | None) -> str:
    return "—" if value is None else f"{value:.2f}"


def _signed(value: Decimal | None, other: Decimal | None) -> str:
    return "—" if value is None or other is None else f"{value - other:+.2f}".replace("-", "−")


def _tokens() -> dict[str, Any]:
    return {"colour": tokens.LIGHT, "sans": Markup(FAMILIES), "in_english": Markup(IN_ENGLISH), "signs": {
        f"{group}-{name}": colour
        for group, table in (("rating", tokens.RATINGS), ("grade", tokens.GRADES), ("severity", tokens.SEVERITIES))
        for name, (colour, _) in table.items()
    }}  # fmt: skip


_DIGITS = "零一二三四五六七八九十"


def chinese_number(number: int) -> str:
    """1..99 as 一, 十二, 二十, 二十一."""
    tens, ones = divmod(number, 10)
    if not tens:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")


def chinese_heading(level: int, number: int, _over: int = 0) -> str:
    """The order of GB/T 9704: 一、 → （一） → 1."""
    return {1: f"{chinese_number(number)}、", 2: f"（{chinese_number(number)}）"}.get(level, f"{number}. ")


def english_heading(level: int, number: int, over: int = 0) -> str:
    """1. → 1.1 (`over` is the number of the heading above) → (1)."""
    return {1: f"{number}. ", 2: f"{over}.{number} "}.get(level, f"({number}) ")


_HEADINGS: dict[str, Callable[..., str]] = {"zh": chinese_heading, "en": english_heading}
MARKS = {"ratings": tokens.RATINGS, "grades": tokens.GRADES, "severities": tokens.SEVERITIES}

# Codes of the domain → message ids.
# fmt: off
WORDS: Mapping[str, Mapping[str, str]] = {
    "rating":    {"pass": "Pass", "partial": "Partial", "fail": "Fail", "na": "Not applicable",
                  "later": "To be tested"},
    "grade":     {"excellent": "Excellent", "good": "Good", "qualified": "Qualified", "failed": "Below standard"},
    "severity":  {"critical": "Critical", "major": "Major", "minor": "Minor"},
    "kind":      {"nonconformity": "Nonconformity", "improvement": "Improvement"},
    "evidence":  {"photo": "Photo", "training_record": "Training record", "retest": "Re-test"},
    "outlet":    {"own_hall": "Own hall", "franchised_hall": "Franchised hall", "hotline": "Hotline",
                  "sms": "SMS hall", "online": "Online hall"},
    "signature": {"signed": "Signed", "refused": "Refused to sign", "absent": "Not present",
                  "covert": "Covert visit, not signed"},
    "round":     {"cross_inspection": "Cross-inspection", "third_party": "Third-party survey",
                  "dial_test": "Dial test", "reception_day": "Reception day", "ad_hoc": "Ad-hoc visit",
                  "reinspection": "Re-inspection"},
    "file":      {"photo": "Photo", "pdf": "PDF", "word": "Word document", "excel": "Excel workbook",
                  "scan": "Sealed scan"},
}
# fmt: on
