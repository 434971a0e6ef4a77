"""Our own HTML pages: Jinja2 with autoescape, in the person's language."""

from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from audit.i18n import LOCALES, translator

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
)


def render(template: str, request: Request, locale: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page from a template; `_` translates, `locale` and `locales` are there for the language switch."""
    page = _templates.get_template(template).render(
        _=translator(locale), locale=locale, locales=LOCALES, path=request.url.path, **values
    )
    return HTMLResponse(page, status_code=status, headers={"Cache-Control": "no-store"})
