"""Documents read back."""

import re
from pathlib import Path

import pypdfium2
from pypdf import PdfReader
from pypdf.generic import IndirectObject, StreamObject

from exports.base import Written


def pages(document: Written) -> list[str]:
    """The text of each page without spaces and line breaks."""
    pdf = pypdfium2.PdfDocument(document.path)
    return [re.sub(r"\s+", "", pdf[number].get_textpage().get_text_range()) for number in range(len(pdf))]


def streams(path: Path) -> list[StreamObject]:
    reader = PdfReader(path)
    found = (reader.get_object(IndirectObject(number, 0, reader)) for number in reader.xref[0])
    return [one for one in found if isinstance(one, StreamObject)]


def bookmarks(reader: PdfReader) -> list[str]:
    def flat(entries: list) -> list[str]:  # type: ignore[type-arg]
        return [title for one in entries for title in (flat(one) if isinstance(one, list) else [one.title])]

    return flat(reader.outline)
