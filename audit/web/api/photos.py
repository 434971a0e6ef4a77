"""Photos over HTTP: one a request, streamed, acknowledged when durable."""

from functools import lru_cache
from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AwareDatetime
from starlette.requests import ClientDisconnect

from audit.errors import RoundsError
from audit.services import photos
from audit.services.photos import PhotoReceipt, Upload
from audit.web.api.common import LARGEST_ID, REFUSALS, Tablet
from audit.web.context import Context

router = APIRouter(prefix="/api/v1", tags=["photos"], responses=REFUSALS)
Number = Annotated[int, Query(ge=1, le=LARGEST_ID)]
PICTURE = {"schema": {"type": "string", "format": "binary"}}
IMAGE_BODY = {"requestBody": {"required": True, "content": {"image/*": PICTURE}}}


@lru_cache(maxsize=1)
def _threads() -> CapacityLimiter:
    """Threads of their own for photos, so that slow disks and large files never hold up an answer."""
    return CapacityLimiter(4)


@router.put(
    "/photos/{uuid}",
    status_code=201,
    responses={200: {"description": "Kept before."}},
    openapi_extra=IMAGE_BODY,
)
async def put_photo(
    request: Request,
    response: Response,
    context: Tablet,
    uuid: Annotated[str, Path(max_length=36)],
    assignment_id: Number,
    visit_id: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    subject: Annotated[str, Query(max_length=120)] = "",
    captured_at: Annotated[AwareDatetime | None, Query()] = None,
    captured_source: Annotated[str, Query(max_length=20)] = "",
    sha256: Annotated[str, Query(pattern="^([0-9a-f]{64})?$")] = "",
    author_id: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
) -> dict[str, Any]:
    """Keep a photo under the tablet's UUID: 201; the same bytes again: 200, same receipt; others: 409.

    The body is the picture itself: JPEG, PNG, WEBP or HEIC, at most 20 MB and 40 megapixels.
    """
    upload = Upload(uuid, assignment_id, visit_id, subject, captured_at, captured_source, sha256, author_id)
    try:
        receipt = await _receive(request, context, upload)
    except ClientDisconnect:
        raise RoundsError("photo.truncated") from None  # nobody is there to read it; nothing was kept
    response.status_code = 201 if receipt.created else 200
    return receipt.to_json()


async def _receive(request: Request, context: Context, upload: Upload) -> PhotoReceipt:
    db, actor = context.house.db, context.actor
    store, intake = context.house.photos, context.house.intake
    mosaic = await to_thread.run_sync(photos.admit, db, actor, upload, limiter=_threads())
    spooled = await store.spool(request.stream())
    try:
        photos.check_bytes(upload, spooled.sha256)
        known = await to_thread.run_sync(photos.receipt_of, db, actor, upload, spooled.sha256, limiter=_threads())
        if known:
            return known
        found = await intake.take_in_async(spooled.path, mosaic, spooled.sha256)

        def finish() -> PhotoReceipt:
            store.keep(spooled, found.sha256)
            receipt = photos.keep(db, actor, store, upload, found, mosaic)
            photos.remake(db, store, intake, upload.uuid)
            return receipt

        return await to_thread.run_sync(finish, limiter=_threads())
    finally:
        store.discard(spooled)
