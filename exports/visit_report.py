"""走访报告: the illustrated visit report of one branch in one round, as a PDF in Chinese, English, or both.

"Both" is the whole Chinese document followed by the whole English one, each with its own cover: each half can be read,
printed and signed alone, the figures carry the same numbers, and the photos are stored in the file only once. Pairing
the languages line by line would halve the columns of every table.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from audit import tokens
from audit.domain.reports import Highlight, ItemResult, PhotoRef, Shortcoming, VisitPart, VisitReport, Words, tally
from audit.i18n import format_date, format_instant, translator
from exports import charts
from exports.base import PhotoFile, Progress, Written, no_progress
from exports.fonts import RARE, SANS
from exports.overlay import overlay
from exports.render import Renderer
from exports.text import printable

FOLDER = Path(__file__).parent
LOCALES = {"zh": "zh_CN", "en": "en"}
COLUMN_MM, HEIGHT_MM = 77.0, 46.0  # the box a photo is fitted into, two to a row
FAMILIES = f'"{SANS}", "{SANS}{RARE}", "Noto Sans CJK SC", sans-serif'
CARD_TEXT, LONG_TEXT = 200, 500  # characters beyond which a text needs the whole width, and may be broken over pages


def export(
    report: VisitReport,
    language: str,
    photo_file: PhotoFile,
    renderer: Renderer,
    out: Path,
    progress: Progress = no_progress,
) -> Written:
    """The report as a tagged PDF in the file `out`; `language` is "zh", "en" or "both".

    Raises what `Renderer.pdf` raises.
    """
    photos = {str(photo.uuid): photo_file(photo) for photo in report.photos()}
    pages = renderer.pdf(html(report, language), photos, out, progress)
    return Written(filename(report, language), "application/pdf", out, pages)


def filename(report: VisitReport, language: str) -> str:
    """A name that says what is in the file, safe on every file system."""
    lead = "en" if language == "en" else "zh"
    _ = translator(LOCALES[lead])
    parts = [report.branch.of(lead), report.round.of(lead), _("Visit report")]
    if language == "both":
        parts.append("中英文")
    if report.draft:
        parts.append(_("Draft"))
    name = re.sub(r'[\\/:*?"<>|\s]+', "_", printable("_".join(parts)))
    return f"{name[:120]}.pdf"


def html(report: VisitReport, language: str) -> str:
    """The whole document as HTML; photos have the address `rounds:photo/<uuid>`."""
    languages = ("zh", "en") if language == "both" else (language,)
    sizes = Sizes()
    bodies = [
        Markup(_environment(one).get_template("visit_report.html").render(_view(report, one), sizes=sizes))
        for one in languages
    ]
    frame = _environment(languages[0])
    return frame.get_template("document.html").render(
        title=f"{report.branch.of(languages[0])} {translator(LOCALES[languages[0]])('Visit report')}",
        author=report.operator.of(languages[0]),
        style=Markup(frame.get_template("document.css").render(_tokens())) + sizes.rules(),
        bodies=bodies,
        language="zh-CN" if languages[0] == "zh" else "en",
        watermark=" ".join(translator(LOCALES[one])("Draft") for one in languages) if report.draft else "",
    )


Found = TypeVar("Found", Highlight, Shortcoming)


@dataclass(frozen=True)
class Overview:
    """The charts and figures of section 二, and the outlets' photos of section 一."""

    halls: Markup
    radars: tuple[Markup, ...]
    bars: tuple[Markup, ...]
    tally: Mapping[str, int]
    photos: tuple[PhotoRef, ...]


def _view(report: VisitReport, language: str) -> dict[str, Any]:
    """What the template of one language gets."""
    radars, rates = [], []
    for visit in report.visits:
        codes = [section.code for section in visit.sections]
        labels = [f"{section.code} {section.title.of(language)}" for section in visit.sections]
        ours, city = [s.rate for s in visit.sections], [s.city for s in visit.sections]
        radars.append(charts.radar(codes, ours, city))
        rates.append(charts.bars(labels, ours, city))
    halls = charts.bars(
        [visit.outlet.of(language) for visit in report.visits],
        [visit.score.total for visit in report.visits],
        [visit.score.city for visit in report.visits],
        [tokens.GRADES[visit.score.grade][0] if visit.score.grade else charts.MUTED for visit in report.visits],
        width=460,
    )
    photos = tuple(photo for visit in report.visits for photo in visit.overview)
    by_outlet = _by_outlet(report.shortcomings)
    return {
        "report": report,
        "overview": Overview(halls, tuple(radars), tuple(rates), tally(report.visits), photos),
        "chapters": [translator(LOCALES[language])(title) for title in CHAPTERS],
        "by_outlet": by_outlet,
        "highlight_rows": _rows(report.highlights),
        "shortcoming_rows": [(outlet, len(found), _rows(found)) for outlet, found in by_outlet],
        "notes": _notes(report),
        "matrices": _matrices(report.visits),
        "marks": {"ratings": tokens.RATINGS, "grades": tokens.GRADES, "severities": tokens.SEVERITIES},
    }


def _by_outlet(shortcomings: tuple[Shortcoming, ...]) -> list[tuple[Words, list[Shortcoming]]]:
    """Findings under the outlet they were made at; they come in the order of the visits."""
    return [(outlet, list(group)) for outlet, group in groupby(shortcomings, key=lambda finding: finding.outlet)]


def _rows(found: Sequence[Found]) -> list[list[Found]]:
    """Two neighbours that each are one photo and a short text stand side by side; everything else has its own row."""
    rows: list[list[Found]] = []
    for one in found:
        if rows and len(rows[-1]) == 1 and is_card(rows[-1][0]) and is_card(one):
            rows[-1].append(one)
        else:
            rows.append([one])
    return rows


def _notes(report: VisitReport) -> list[tuple[VisitPart, list[ItemResult]]]:
    """What was written beside the ratings, by visit, without what chapter 四 says already."""
    told = {(finding.outlet, finding.item_code, finding.observation) for finding in report.shortcomings}
    found = []
    for visit in report.visits:
        items = [item for item in visit.items if item.note or item.reason]
        items = [item for item in items if item.reason or (visit.outlet, item.code, item.note) not in told]
        if items:
            found.append((visit, items))
    return found


def _matrices(visits: tuple[VisitPart, ...]) -> list[list[VisitPart]]:
    """Visits whose checklists have the same items side by side, at most four in a table."""

    def form(visit: VisitPart) -> tuple[str, ...]:
        return (visit.checklist.zh, visit.checklist_version, *(item.code for item in visit.items))

    tables: list[list[VisitPart]] = []
    for _, alike in groupby(sorted(visits, key=form), key=form):
        group = list(alike)
        tables.extend(group[start : start + 4] for start in range(0, len(group), 4))
    return tables


def _tokens() -> dict[str, Any]:
    return {"colour": tokens.LIGHT, "sans": Markup(FAMILIES), "signs": {
        f"{group}-{name}": colour
        for group, table in (("rating", tokens.RATINGS), ("grade", tokens.GRADES), ("severity", tokens.SEVERITIES))
        for name, (colour, _) in table.items()
    }}  # fmt: skip


@lru_cache(maxsize=4)
def _environment(language: str) -> Environment:
    """Jinja2 with escaping always on; an unknown name in a template is an error."""
    locale = LOCALES[language]
    environment = Environment(
        loader=FileSystemLoader([FOLDER / "templates", FOLDER / "styles"]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    _ = translator(locale)
    environment.globals.update(
        _=_,
        language=language,
        heading=_HEADINGS[language],
        date=lambda day: format_date(locale, day) if day else "—",
        instant=lambda moment: format_instant(locale, moment) if moment else "—",
        overlay=overlay,
        short=is_short,
        small=is_card,
        word=lambda table, code: _(WORDS[table].get(code, "—")) if code else "—",
    )
    environment.filters.update(words=lambda pair: pair.of(language), number=_number, signed=_signed)
    return environment


def _printable(value: object) -> object:
    return printable(value) if type(value) is str else value


def _number(value: Decimal | None) -> str:
    return "—" if value is None else f"{value:.2f}"


def _signed(value: Decimal | None, other: Decimal | None) -> str:
    return "—" if value is None or other is None else f"{value - other:+.2f}".replace("-", "−")


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


def is_short(one: Highlight | Shortcoming) -> bool:
    """Whether it is small enough to be kept on one page without leaving half of the page before it empty."""
    return len(_text(one)) < LONG_TEXT and len(_photos(one)) <= 2


def is_card(one: Highlight | Shortcoming) -> bool:
    """Whether it is one photo with a text that fits beside or below it."""
    return len(_text(one)) < CARD_TEXT and len(one.photos) == len(_photos(one)) == 1


def _text(one: Highlight | Shortcoming) -> str:
    return one.text if isinstance(one, Highlight) else one.observation


def _photos(one: Highlight | Shortcoming) -> tuple[PhotoRef, ...]:
    return one.photos if isinstance(one, Highlight) else (*one.photos, *one.before, *one.after)


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

CHAPTERS = (
    "The visits",
    "Scores at a glance",
    "Highlights",
    "Shortcomings",
    "Featured campaigns",
    "The exit meeting",
    "Rectification and deadlines",
)

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
                  "dial_test": "Dial test", "reception_day": "Reception day", "ad_hoc": "Ad-hoc visit"},
}
# fmt: on
