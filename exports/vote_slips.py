"""Vote tokens on their way to customers: a table for text messages, or slips with a QR code to print and cut."""

import csv
import html
import io
from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from audit.i18n import translator
from exports.base import Progress, no_progress
from exports.document import FAMILIES, environment
from exports.qr import qr_svg
from exports.render import Renderer

A_PAGE = 12
CODES = 0.3  # the share of the time of a PDF that drawing its QR codes takes
_STYLE = (
    "body{margin:0;font:12px sans-serif}.slip{display:inline-block;box-sizing:border-box;width:33.3%;padding:4mm;"
    "border:1px dashed #999;text-align:center;break-inside:avoid;vertical-align:top}svg{width:36mm}"
)


def write(slips: Sequence[tuple[str, str]], out: Path) -> None:
    """Write (transaction, address) pairs: as CSV, or as a page of slips in both languages when it is named .html."""
    if out.suffix.lower() != ".html":
        with out.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([("transaction", "address"), *slips])
        return
    out.write_text(_sheet(slips), "utf-8")


def table(slips: Sequence[tuple[str, str]]) -> bytes:
    """(number, address) pairs as CSV, as spreadsheets open it."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([("number", "address"), *slips])
    return out.getvalue().encode("utf-8-sig")


def pdf(
    slips: Sequence[tuple[str, str]],
    lines: Sequence[str],
    renderer: Renderer,
    out: Path,
    progress: Progress = no_progress,
) -> int:
    """Slips in both languages on A4, twelve a page, to cut; `lines`: what each says of whom and until when.

    Returns the number of pages. Raises what `Renderer.pdf` raises.
    """
    told = []
    for place, (number, address) in enumerate(slips):
        progress(CODES * place / len(slips), "codes")
        told.append((number, Markup(qr_svg(address))))
    pages = [told[start : start + A_PAGE] for start in range(0, len(told), A_PAGE)]
    template = environment("zh").get_template("vote_slips.html")
    page = template.render(pages=pages, said=_said(), lines=lines, families=Markup(FAMILIES))
    return renderer.pdf(page, {}, out, lambda share, step: progress(CODES + (1 - CODES) * share, step))


def _said() -> list[tuple[str, str]]:
    return [
        (_("Vote for the people who served you"), _("Scan the code and choose one to three names. It works once."))
        for _ in (translator("zh_CN"), translator("en"))
    ]


def _sheet(slips: Sequence[tuple[str, str]]) -> str:
    said = _said()
    words = "".join(f"<p><b>{title}</b><br>{line}</p>" for title, line in said)
    cut = "".join(
        f'<div class="slip">{qr_svg(address)}{words}<small>{html.escape(number)}</small></div>'
        for number, address in slips
    )
    return f'<!doctype html><meta charset="utf-8"><title>{said[0][0]}</title><style>{_STYLE}</style>{cut}'
