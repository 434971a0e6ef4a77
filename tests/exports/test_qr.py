"""The QR code in a document is the one of the address, module by module."""

from pathlib import Path

import pypdfium2
import segno

from exports.qr import qr_svg
from exports.render import Renderer

ADDRESS = "https://rounds.example/verify/%E6%B8%9D%E7%A7%BB%E5%B8%82%E3%80%942026%E3%80%9512%E5%8F%B7"
PAGE = "<style>@page{size:100mm;margin:0}body{margin:0}.qr{width:60mm}</style><div class='qr'>"


def test_a_printed_code_says_the_address(renderer: Renderer, tmp_path: Path) -> None:
    renderer.pdf(f"{PAGE}{qr_svg(ADDRESS)}</div>", {}, tmp_path / "qr.pdf", lambda *_: None)
    pdf = pypdfium2.PdfDocument(tmp_path / "qr.pdf")
    picture = pdf[0].render(scale=4).to_pil().convert("L")
    pdf.close()
    wanted = [
        [bool(module) for module in row] for row in segno.make(ADDRESS, error="m", micro=False).matrix_iter(border=4)
    ]
    size = 60 / 25.4 * 72 * 4 / len(wanted)
    middles = [round((index + 0.5) * size) for index in range(len(wanted))]
    assert [[picture.getpixel((x, y)) < 128 for x in middles] for y in middles] == wanted
