"""Style and icon of our own pages."""

from pathlib import Path

from fastapi import APIRouter
from starlette.responses import Response

from audit.tokens import DARK, LIGHT, css_literal, css_variables, icon_svg

router = APIRouter(include_in_schema=False)
_HOUR = {"Cache-Control": "public, max-age=3600"}
_STATIC = Path(__file__).parent / "static"


@router.get("/assets/pages.css")
def style() -> Response:
    """The tokens and the style of our own pages as one file."""
    return Response(css_variables() + (_STATIC / "pages.css").read_text("utf-8"), media_type="text/css", headers=_HOUR)


@router.get("/assets/verify.js")
def verify_script() -> Response:
    """What hashes a file in the browser, on the page that verifies documents."""
    return Response((_STATIC / "verify.js").read_text("utf-8"), media_type="text/javascript", headers=_HOUR)


@router.get("/assets/link.js")
def link_script() -> Response:
    """The page of a one-purpose link."""
    return Response((_STATIC / "link.js").read_text("utf-8"), media_type="text/javascript", headers=_HOUR)


@router.get("/assets/link.css")
def link_style() -> Response:
    """What only the page of a one-purpose link looks like."""
    return Response((_STATIC / "link.css").read_text("utf-8"), media_type="text/css", headers=_HOUR)


@router.get("/assets/contest.css")
def contest_style() -> Response:
    """The light pages' style, with plain colours: phones of ten years ago know no custom properties."""
    source = (_STATIC / "contest.css").read_text("utf-8")
    dark = f"@media (prefers-color-scheme:dark){{{css_literal(source, DARK)}}}"
    return Response(css_literal(source, LIGHT) + dark, media_type="text/css", headers=_HOUR)


@router.get("/assets/contest-screen.css")
def contest_screen_style() -> Response:
    """The scoreboard's big screen."""
    return Response((_STATIC / "contest-screen.css").read_text("utf-8"), media_type="text/css", headers=_HOUR)


@router.get("/assets/contest.js")
def contest_script() -> Response:
    """What sends answers in the background, on the quiz page."""
    return Response((_STATIC / "contest.js").read_text("utf-8"), media_type="text/javascript", headers=_HOUR)


@router.get("/assets/icon.svg")
def icon() -> Response:
    """The product's mark."""
    return Response(icon_svg(), media_type="image/svg+xml", headers=_HOUR)
