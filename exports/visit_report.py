"""走访报告: the illustrated visit report of one branch in one round, as a PDF in Chinese, English, or both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeVar

from markupsafe import Markup

from audit import tokens
from audit.domain.reports import Highlight, ItemResult, PhotoRef, Shortcoming, VisitPart, VisitReport, Words, tally
from audit.i18n import translator
from exports import charts
from exports.document import LOCALES, Form

CARD_TEXT, LONG_TEXT = 200, 500  # characters beyond which a text needs the whole width, and may be broken over pages

CHAPTERS = (
    "The visits",
    "Scores at a glance",
    "Highlights",
    "Shortcomings",
    "Featured campaigns",
    "The exit meeting",
    "Rectification and deadlines",
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
        "short": is_short,
        "small": is_card,
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


def _title(_report: VisitReport, language: str) -> str:
    return translator(LOCALES[language])("Visit report")


FORM = Form("visit_report.html", _title, _view)
export, html, filename = FORM.export, FORM.html, FORM.filename
