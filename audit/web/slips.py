"""Vote slips as downloads for the organiser: a table, or the PDF that a job made."""

from typing import Annotated

from fastapi import APIRouter, Response
from fastapi import Path as InPath
from fastapi.responses import StreamingResponse

from audit.services.contest import slip_sheets, slips
from audit.web.context import SignedIn
from audit.web.streaming import chunks
from exports import vote_slips

router = APIRouter(prefix="/documents/slips", tags=["documents"])
Number = Annotated[int, InPath(ge=1, lt=2**31)]


@router.get("/{season_id}/{batch_id}.csv", response_class=Response)
def get_table(context: SignedIn, season_id: Number, batch_id: Number) -> Response:
    """The numbers and addresses of a batch's unused slips."""
    sheet = slips.sheet(context.house.db, context.actor, season_id, batch_id)
    content = vote_slips.table([(slip.transaction, slip.address) for slip in sheet.slips])
    return Response(content, media_type="text/csv; charset=utf-8", headers=_headers(batch_id, "csv"))


@router.get("/{season_id}/{batch_id}.xlsx", response_class=Response)
def get_texts(context: SignedIn, season_id: Number, batch_id: Number) -> Response:
    """A batch's unused slips as texts to send."""
    export = slip_sheets.texts(context.house.db, context.actor, season_id, batch_id, context.locale)
    return Response(export.content, media_type=export.media_type, headers=_headers(batch_id, "xlsx"))


@router.get("/{season_id}/{batch_id}/{job_id}.pdf", response_class=Response)
def get_sheet(context: SignedIn, season_id: Number, batch_id: Number, job_id: Number) -> Response:
    """The sheets that a job of one's own made of a batch."""
    sha256, size = slip_sheets.fetch(context.house, context.actor, season_id, batch_id, job_id)
    headers = {**_headers(batch_id, "pdf"), "Content-Length": str(size)}
    return StreamingResponse(
        chunks(context.house.documents.open(sha256)), media_type="application/pdf", headers=headers
    )


def _headers(batch_id: int, ending: str) -> dict[str, str]:
    return {
        "Content-Disposition": f'attachment; filename="vote-slips-{batch_id:04}.{ending}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
