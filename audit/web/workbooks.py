"""Excel files as downloads: templates, the city, and what one person may fetch once."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from audit.services import workbooks
from audit.web.context import SignedIn
from exports.base import Export

router = APIRouter(prefix="/documents/workbooks", tags=["documents"])


@router.get("/templates/{name}.xlsx", response_class=Response)
def get_template(context: SignedIn, name: Annotated[str, Path(max_length=20)]) -> Response:
    """An empty template for an import: `city` or `accounts`."""
    return _download(workbooks.blank(context.actor, name, context.locale))


@router.get("/city.xlsx", response_class=Response)
def get_city(context: SignedIn) -> Response:
    """All organisations and outlets in the shape of the import."""
    return _download(workbooks.city(context.house.db, context.actor, context.locale))


@router.get("/once/{ticket}", response_class=Response)
def fetch_once(context: SignedIn, ticket: Annotated[str, Path(max_length=60)]) -> Response:
    """A file that was made for this person: the first time only."""
    return _download(context.house.handover.fetch(context.actor, ticket))


def _download(export: Export) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{export.filename}"',  # our own names: plain ASCII
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(export.content, media_type=export.media_type, headers=headers)
