"""Vote slips as downloads for the organiser: a PDF to print and cut, or a table. Made when asked for, kept nowhere."""

import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Response
from fastapi import Path as InPath

from audit.i18n import format_date, translator
from audit.services.contest import slips
from audit.services.contest.slips import SlipSheet
from audit.web.context import SignedIn
from exports import vote_slips

router = APIRouter(prefix="/documents/slips", tags=["documents"])
Number = Annotated[int, InPath(ge=1, lt=2**31)]


@router.get("/{season_id}/{batch_id}.csv", response_class=Response)
def get_table(context: SignedIn, season_id: Number, batch_id: Number) -> Response:
    """The numbers and addresses of a batch's unused slips."""
    sheet = slips.sheet(context.house.db, context.actor, season_id, batch_id)
    return _download(vote_slips.table(_pairs(sheet)), "text/csv; charset=utf-8", batch_id, "csv")


@router.get("/{season_id}/{batch_id}.pdf", response_class=Response)
def get_sheet(context: SignedIn, season_id: Number, batch_id: Number) -> Response:
    """A batch's unused slips on A4."""
    sheet = slips.sheet(context.house.db, context.actor, season_id, batch_id)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "slips.pdf"
        vote_slips.pdf(_pairs(sheet), _lines(sheet), context.house.renderer, out)
        content = out.read_bytes()
    return _download(content, "application/pdf", batch_id, "pdf")


def _pairs(sheet: SlipSheet) -> list[tuple[str, str]]:
    return [(slip.transaction, slip.address) for slip in sheet.slips]


def _lines(sheet: SlipSheet) -> list[str]:
    """For whom and until when, in both languages."""
    told = []
    for locale, served in (("zh_CN", sheet.batch.served_zh), ("en", sheet.batch.served_en)):
        until = translator(locale)("Valid until {date}").format(date=format_date(locale, sheet.batch.expires_at))
        told.append(f"{served} · {until}")
    return told


def _download(content: bytes, media_type: str, batch_id: int, ending: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="vote-slips-{batch_id:04}.{ending}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=media_type, headers=headers)
