"""Vote tokens on their way to customers: a table for text messages, or slips with a QR code to print and cut."""

import csv
import html
from collections.abc import Sequence
from pathlib import Path

from audit.i18n import translator
from exports.qr import qr_svg

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


def _sheet(slips: Sequence[tuple[str, str]]) -> str:
    said = [
        (_("Vote for the people who served you"), _("Scan the code and choose one to three names. It works once."))
        for _ in (translator("zh_CN"), translator("en"))
    ]
    words = "".join(f"<p><b>{title}</b><br>{line}</p>" for title, line in said)
    cut = "".join(
        f'<div class="slip">{qr_svg(address)}{words}<small>{html.escape(number)}</small></div>'
        for number, address in slips
    )
    return f'<!doctype html><meta charset="utf-8"><title>{said[0][0]}</title><style>{_STYLE}</style>{cut}'
