"""Papers that branches of the demo city hand in: one page of text as a PDF, 2 KB and a tenth of a millisecond each.

The letters are not in the file: every reader of PDF has Chinese ones for the fonts that the format names.
"""

import io
from collections.abc import Sequence

import pydyf

WIDTH, HEIGHT = 595, 842  # points: A4
LEFT, TOP = 72, 760
TITLE, BODY, PITCH = 20, 12, 26  # points
FONT = {"Type": "/Font", "Subtype": "/Type0", "BaseFont": "/STSong-Light", "Encoding": "/UniGB-UCS2-H"}
DESCENDANT = {"Type": "/Font", "Subtype": "/CIDFontType0", "BaseFont": "/STSong-Light", "DW": 1000}
LATIN = pydyf.Array([1, 95, 500])  # the first 95 letters of the ordering are Latin ones, half as wide
ORDERING = {"Registry": pydyf.String("Adobe"), "Ordering": pydyf.String("GB1"), "Supplement": 4}
METRICS = {
    "Type": "/FontDescriptor", "FontName": "/STSong-Light", "Flags": 6, "FontBBox": pydyf.Array([-25, -254, 1000, 880]),
    "ItalicAngle": 0, "Ascent": 752, "Descent": -271, "CapHeight": 737, "StemV": 58,
}  # fmt: skip


def sheet(title: str, lines: Sequence[str]) -> bytes:
    """A PDF of one page: a title of Chinese letters in the middle, and lines below."""
    pdf, page = pydyf.PDF(), pydyf.Stream()
    _write(page, title, TITLE, (WIDTH - TITLE * len(title)) / 2, TOP)
    for row, line in enumerate(lines, 2):
        _write(page, line, BODY, LEFT, TOP - row * PITCH)
    metrics = _added(pdf, pydyf.Dictionary(METRICS))
    letters = {
        **DESCENDANT,
        "W": LATIN,
        "CIDSystemInfo": pydyf.Dictionary(ORDERING),
        "FontDescriptor": metrics.reference,
    }
    descendant = _added(pdf, pydyf.Dictionary(letters))
    font = _added(pdf, pydyf.Dictionary({**FONT, "DescendantFonts": pydyf.Array([descendant.reference])}))
    pdf.add_object(page)
    pdf.add_page(
        pydyf.Dictionary({
            "Type": "/Page", "Parent": pdf.pages.reference, "MediaBox": pydyf.Array([0, 0, WIDTH, HEIGHT]),
            "Contents": page.reference,
            "Resources": pydyf.Dictionary({"Font": pydyf.Dictionary({"F": font.reference})}),
        })
    )  # fmt: skip
    return _bytes(pdf)


def _write(page: pydyf.Stream, words: str, size: float, x: float, y: float) -> None:
    page.begin_text()
    page.set_font_size("F", size)
    page.set_text_matrix(1, 0, 0, 1, x, y)
    page.stream.append(b"<" + words.encode("utf-16-be").hex().encode() + b"> Tj")
    page.end_text()


def _added(pdf: pydyf.PDF, made: pydyf.Dictionary) -> pydyf.Dictionary:
    pdf.add_object(made)
    return made


def _bytes(pdf: pydyf.PDF) -> bytes:
    out = io.BytesIO()
    pdf.write(out)
    return out.getvalue()
