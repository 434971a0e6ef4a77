"""QR codes of addresses: as SVG for documents, as pixels for pictures."""

import io

import segno
from PIL import Image


def qr_svg(address: str) -> str:
    """An inline SVG as wide as what holds it, with the quiet zone of four modules; a seventh of it may be damaged."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", border=4, xmldecl=False, svgns=True, omitsize=True, nl=False
    )
    return out.getvalue().decode()


def qr_picture(address: str, side: int) -> Image.Image:
    """The same in black and white, at most so many pixels wide; every module is a whole number of pixels."""
    code = segno.make(address, error="m", micro=False)
    out = io.BytesIO()
    code.save(out, kind="png", scale=max(1, side // code.symbol_size(border=4)[0]), border=4)
    return Image.open(out)
