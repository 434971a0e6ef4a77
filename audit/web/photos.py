"""Photos as pictures: those of visits, each request checked against the visit, and the reference photos of items."""

from typing import Annotated

from fastapi import APIRouter, Header, Response
from fastapi.responses import StreamingResponse

from audit.errors import RoundsError
from audit.services.loop.evidence import PICTURES, evidence_file
from audit.services.photos import photo_file
from audit.services.reference_photos import check_readable
from audit.web.context import SignedIn
from audit.web.streaming import chunks

router = APIRouter(prefix="/photos", tags=["photos"])
GUARDED = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}
A_YEAR = "private, max-age=31536000, immutable"


@router.get("/reference/{sha256}", response_class=Response)
def get_reference_photo(context: SignedIn, sha256: str) -> Response:
    """A reference photo, for anybody who is signed in. Its address is its hash: it never changes."""
    check_readable(context.house.db, context.actor, sha256)
    headers = {**GUARDED, "Cache-Control": A_YEAR}
    return Response(context.house.photos.read(sha256), media_type="image/jpeg", headers=headers)


@router.get("/evidence/{uuid}/{kind}", response_class=Response)
def get_evidence_photo(context: SignedIn, uuid: str, kind: str) -> Response:
    """The `thumbnail` or `report` picture of a photo that is evidence, for whoever may read the finding."""
    if kind not in PICTURES:
        raise RoundsError("not_found")
    found = evidence_file(context.house.db, context.actor, uuid, kind)
    headers = {**GUARDED, "Cache-Control": "private, no-cache"}
    return Response(context.house.photos.read(found.sha256), media_type=found.media_type, headers=headers)


@router.get("/{uuid}/{kind}", response_class=Response)
def get_photo(
    context: SignedIn, uuid: str, kind: str, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """A photo's `thumbnail`, `report` picture or `original`. Reading an original is recorded in the history.

    A mosaic may be added at any time, so browsers ask again each time: the ETag makes that cheap.
    """
    found = photo_file(context.house.db, context.actor, context.house.photos, context.house.intake, uuid, kind)
    etag = f'"{found.sha256}"'
    headers = {**GUARDED, "ETag": etag, "Cache-Control": "private, no-cache"}
    if kind == "original":
        headers["Content-Disposition"] = f'attachment; filename="{found.filename}"'
    if if_none_match and etag in if_none_match:
        return Response(status_code=304, headers=headers)
    if kind == "original":
        content = chunks(context.house.photos.open(found.sha256))
        return StreamingResponse(content, media_type=found.media_type, headers=headers)
    return Response(context.house.photos.read(found.sha256), media_type=found.media_type, headers=headers)
