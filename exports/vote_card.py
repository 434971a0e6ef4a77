"""A contestant's card as a picture to send on in chats: portrait, name, hall, number, QR code.

Drawn with the fonts of our documents. A chat shows it small and squeezes it again: few things, large, and a QR code of
whole pixels.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

from audit import tokens
from audit.i18n import translator
from exports import fonts
from exports.qr import qr_picture
from exports.text import printable

WIDTH, HEIGHT = 900, 1200
MARGIN = 60
BAND = 120  # height of the strip with the season's name
PORTRAIT = (400, 510)
QR_PX = 290
LARGEST = 150_000  # bytes: what old phones and chats pass on as it is
QUALITIES = (88, 80, 70, 60, 50, 40, 30)
FORMAT = "2"  # a new number makes every card be drawn again
_WORD = re.compile(r"[^\s\u2e80-\uffef]+\s*|.", re.DOTALL)  # Chinese breaks anywhere, other scripts between words
Colour = str


@dataclass(frozen=True)
class Card:
    """What stands on it, in one language. `address`: where the QR code leads."""

    locale: str
    season: str
    name: str
    place: str
    number: str
    address: str


def draw(card: Card, portrait: bytes | None, cache: Path) -> bytes:
    """The card as a JPEG of at most `LARGEST` bytes; `portrait`: a picture of our store, never bytes from outside.

    `cache` is the folder in which the fonts are kept. Raises `report.fonts_missing`.
    """
    fonts.prepare(cache)
    colours, _ = tokens.LIGHT, translator(card.locale)
    picture = Image.new("RGB", (WIDTH, HEIGHT), colours["background"])
    pen = _Pen(picture, cache)
    pen.draw.rectangle((0, 0, WIDTH, BAND), colours["primary"])
    pen.centred(card.season, BAND / 2, [46, 38, 32], colours["on-primary"], bold=True)
    _portrait(pen, card.name, portrait)
    middle = BAND + 32 + PORTRAIT[1] + 66
    pen.centred(card.name, middle, [72, 60, 50, 40], colours["text"], bold=True)
    pen.centred(card.place, middle + 92, [34, 30], colours["muted"])
    top = HEIGHT - 20 - QR_PX
    pen.draw.line((MARGIN, top, WIDTH - MARGIN, top), colours["border"], 2)
    code = qr_picture(card.address, QR_PX)
    picture.paste(code, (MARGIN + (QR_PX - code.width) // 2, top + 8 + (QR_PX - code.height) // 2))
    left, width = MARGIN + QR_PX + 30, WIDTH - 2 * MARGIN - QR_PX - 30
    asked = pen.wrapped(_("Were you served well? Scan and vote."), 40, width, most=2, bold=True)
    for number, line in enumerate(asked):
        pen.text(line, (left, top + 110 + 54 * number), 40, colours["primary-strong"], bold=True)
    told = pen.wrapped(_("Contestant number {number}").format(number=card.number), 28, width, most=2)
    for number, line in enumerate(told):
        pen.text(line, (left, top + 118 + 54 * len(asked) + 38 * number), 28, colours["muted"])
    return _jpeg(picture)


class _Pen:
    """Writes on a picture; each character in the font that has it."""

    def __init__(self, picture: Image.Image, cache: Path) -> None:
        self.picture, self.draw, self._cache = picture, ImageDraw.Draw(picture), cache
        self._fonts: dict[tuple[str, int, bool], ImageFont.FreeTypeFont] = {}

    def text(self, text: str, place: tuple[float, float], size: int, colour: Colour, bold: bool = False) -> None:
        """Write a line from its left end; the height is that of the middle of the letters."""
        x, y = place
        for font, part in self._parts(text, size, bold):
            self.draw.text((x, y), part, colour, font, anchor="lm")
            x += font.getlength(part)

    def centred(self, text: str, y: float, sizes: list[int], colour: Colour, bold: bool = False) -> None:
        """Write in the middle, in the first of the sizes in which it fits; in two lines of the last, else cut off."""
        text, room = _one_line(text), WIDTH - 2 * MARGIN
        size = next((one for one in sizes if self.length(text, one, bold) <= room), sizes[-1])
        lines = self.wrapped(text, size, room, 2, bold)
        for number, line in enumerate(lines):
            height = y + (number - (len(lines) - 1) / 2) * 1.25 * size
            self.text(line, ((WIDTH - self.length(line, size, bold)) / 2, height), size, colour, bold)

    def wrapped(self, text: str, size: int, width: float, most: int, bold: bool = False) -> list[str]:
        """A text as lines of this width; the last of the lines that there may be is cut off."""
        lines = [""]
        for word in _WORD.findall(_one_line(text)):
            if lines[-1] and len(lines) < most and self.length(lines[-1] + word.rstrip(), size, bold) > width:
                lines.append("")
            lines[-1] += word
        return [self._cut(line.strip(), size, width, bold) for line in lines]

    def length(self, text: str, size: int, bold: bool = False) -> float:
        """The length of a line in pixels."""
        return sum(font.getlength(part) for font, part in self._parts(text, size, bold))

    def _cut(self, text: str, size: int, width: float, bold: bool = False) -> str:
        if self.length(text, size, bold) <= width:
            return text
        while text and self.length(text + "…", size, bold) > width:
            text = text[:-1]
        return text + "…"

    def _parts(self, text: str, size: int, bold: bool) -> Iterator[tuple[ImageFont.FreeTypeFont, str]]:
        start = 0
        for end in range(1, len(text) + 1):
            if end == len(text) or _kind(text[end]) != _kind(text[start]):
                yield self._font(_kind(text[start]), size, bold), text[start:end]
                start = end

    def _font(self, kind: str, size: int, bold: bool) -> ImageFont.FreeTypeFont:
        key = kind, size, bold
        if key not in self._fonts:
            path, number = fonts.file_of(self._cache, kind, bold)
            self._fonts[key] = ImageFont.truetype(path, size, number, layout_engine=ImageFont.Layout.BASIC)
        return self._fonts[key]


def _portrait(pen: _Pen, name: str, portrait: bytes | None) -> None:
    """The portrait with round corners; without one the first letter of the name."""
    width, height = PORTRAIT
    left, top = (WIDTH - width) // 2, BAND + 32
    if portrait is None:
        pen.draw.rounded_rectangle((left, top, left + width, top + height), 24, tokens.LIGHT["primary-soft"])
        pen.centred(_one_line(name)[:1] or "?", top + height / 2, [200], tokens.LIGHT["primary"], bold=True)
        return
    with Image.open(io.BytesIO(portrait), formats=["JPEG"]) as picture:
        picture.draft("RGB", PORTRAIT)
        # Heads are in the upper part of a portrait.
        fitted = ImageOps.fit(picture.convert("RGB"), PORTRAIT, centering=(0.5, 0.3))
    corners = Image.new("L", (2 * width, 2 * height))
    ImageDraw.Draw(corners).rounded_rectangle((0, 0, 2 * width - 1, 2 * height - 1), 48, 255)
    pen.picture.paste(fitted, (left, top), corners.resize(PORTRAIT, Image.Resampling.BOX))


def _jpeg(picture: Image.Image) -> bytes:
    """The best quality that is small enough; a portrait of pure noise is small enough with the last."""
    for quality in QUALITIES:
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
        if out.tell() <= LARGEST:
            break
    return out.getvalue()


def _one_line(text: str) -> str:
    return " ".join(printable(text).split())


def _kind(character: str) -> str:
    """Which font has a character: the common one, the rare one, or the whole font of the system."""
    common, known = _known()
    return fonts.COMMON if ord(character) in common else fonts.NAMES if ord(character) in known else fonts.WHOLE


@lru_cache(maxsize=1)
def _known() -> tuple[frozenset[int], frozenset[int]]:
    return frozenset(fonts.common_characters()), frozenset(fonts.characters())
