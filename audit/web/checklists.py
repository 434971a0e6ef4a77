"""Checklist versions as files."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response

from audit.services import checklists
from audit.web.context import SignedIn

router = APIRouter(prefix="/documents/checklists", tags=["documents"])


@router.get("/{version_id}.{form}", response_class=Response)
def get_checklist(
    context: SignedIn, version_id: Annotated[int, Path(ge=0, lt=2**31)], form: Literal["xlsx", "yaml"]
) -> Response:
    """A version as an Excel workbook in XLSForm shape, or as YAML."""
    make = {"xlsx": checklists.as_workbook, "yaml": checklists.as_yaml}[form]
    export = make(context.house.db, context.actor, version_id)
    headers = {
        "Content-Disposition": f'attachment; filename="{export.filename}"',  # code and version are plain ASCII
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(export.content, media_type=export.media_type, headers=headers)
