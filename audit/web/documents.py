"""Documents and their pages as pictures: each request is checked against the report the document belongs to."""

import io
import threading
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import pypdfium2
from fastapi import APIRouter, Header, Response
from fastapi import Path as InPath
from fastapi.responses import StreamingResponse

from audit.db.models import Document
from audit.errors import RoundsError
from audit.services.archives import archive, archive_name
from audit.services.contest import results
from audit.services.loop.evidence import evidence_file
from audit.services.papers import document, listing
from audit.web.context import Context, SignedIn
from audit.web.streaming import chunks

router = APIRouter(prefix="/documents", tags=["documents"])
Number = Annotated[int, InPath(ge=1, lt=2**31)]
PREVIEW_SCALE = 1.25  # 72 dots per inch times this: 744 px for the width of A4
_pdfium = threading.Lock()  # PDFium does not work in two threads at once
_HEADERS = {
    "Cache-Control": "private, no-cache",  # asked for again each time: a tablet passes from hand to hand
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


@router.get("/evidence/{uuid}", response_class=Response)
def get_evidence(context: SignedIn, uuid: str) -> Response:
    """A PDF, Word or Excel file that is evidence: a download, never shown in the browser."""
    found = evidence_file(context.house.db, context.actor, uuid, "original")
    headers = {**_HEADERS, "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.filename)}"}
    content = chunks(context.house.documents.open(found.sha256))
    return StreamingResponse(content, media_type=found.media_type, headers=headers)


@router.get("/rounds/{round_id}.zip", response_class=Response)
def get_round(context: SignedIn, round_id: Number) -> Response:
    """All issued documents of a round that the person may read, as one archive that is made while it is sent."""
    papers = [paper for paper in listing(context.house.db, context.actor, round_id) if paper.made]
    if not papers:
        raise RoundsError("not_found")
    name = quote(archive_name(papers, context.locale))
    headers = {**_HEADERS, "Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return StreamingResponse(archive(context.house.documents, papers), media_type="application/zip", headers=headers)


@router.get("/contest/{season_id}/{document_id}", response_class=Response)
def get_contest_document(context: SignedIn, season_id: Number, document_id: Number) -> Response:
    """A season's scoreboard or certificates, for the organiser."""
    return _file(context, results.document(context.house, context.actor, season_id, document_id))


@router.get("/{document_id}", response_class=Response)
def get_document(context: SignedIn, document_id: Number) -> Response:
    """The file, as a download under its name."""
    return _file(context, document(context.house, context.actor, document_id))


def _file(context: Context, row: Document) -> Response:
    disposition = f"attachment; filename*=UTF-8''{quote(row.filename)}"
    headers = {**_HEADERS, "Content-Disposition": disposition, "Content-Length": str(row.size)}
    return StreamingResponse(
        chunks(context.house.documents.open(row.sha256)), media_type=row.media_type, headers=headers
    )


@router.get("/{document_id}/pages/{number}", response_class=Response)
def get_page(
    context: SignedIn, document_id: Number, number: Number, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """One page (from 1) as a JPEG. A document never changes under its id, so the ETag spares drawing it again."""
    row = document(context.house, context.actor, document_id)
    headers = {**_HEADERS, "ETag": f'"{row.sha256}-{number}"'}
    if if_none_match and headers["ETag"] in if_none_match:
        return Response(status_code=304, headers=headers)
    with context.house.documents.as_file(row.sha256) as path:
        return Response(picture(path, number), media_type="image/jpeg", headers=headers)


def picture(path: Path, number: int) -> bytes:
    """A page of a PDF as JPEG bytes. Raises `not_found` for a page that is not there."""
    with _pdfium:
        pdf = pypdfium2.PdfDocument(path)
        try:
            if not 1 <= number <= len(pdf):
                raise RoundsError("not_found")
            image = pdf[number - 1].render(scale=PREVIEW_SCALE).to_pil().convert("RGB")
        finally:
            pdf.close()
    written = io.BytesIO()
    image.save(written, "JPEG", quality=80)
    return written.getvalue()
