"""QR codes of addresses, as SVG for documents."""

import io

import segno


def qr_svg(address: str) -> str:
    """An inline SVG as wide as what holds it, with the quiet zone of four modules; a seventh of it may be damaged."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", border=4, xmldecl=False, svgns=True, omitsize=True, nl=False
    )
    return out.getvalue().decode()
