"""Evidence over HTTP: one file a request, acknowledged when durable; several requests make several files."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Path, Query, Request
from starlette.requests import ClientDisconnect

from audit.db.models import Evidence
from audit.errors import RoundsError
from audit.services.installation import Installation
from audit.services.loop import evidence, rectifying
from audit.services.loop.evidence import Upload
from audit.web.api.common import LARGEST_ID, REFUSALS, Tablet

router = APIRouter(prefix="/api/v1", tags=["evidence"], responses=REFUSALS)
FILE = {"schema": {"type": "string", "format": "binary"}}
FILE_BODY = {"requestBody": {"required": True, "content": {"*/*": FILE}}}
Number = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Uuid = Annotated[str, Path(max_length=36)]


@lru_cache(maxsize=1)
def _threads() -> CapacityLimiter:
    """Threads of their own, so that large files never hold up an answer."""
    return CapacityLimiter(4)


@router.put("/findings/{finding_id}/evidence/{uuid}", openapi_extra=FILE_BODY)
async def put_evidence(
    request: Request,
    context: Tablet,
    finding_id: Number,
    uuid: Uuid,
    subject: Annotated[str, Query(max_length=20)] = "rectification",
    role: Annotated[str, Query(max_length=20)] = "other",
    proves: Annotated[str, Query(max_length=20)] = "photo",
    filename: Annotated[str, Query(max_length=300)] = "",
    sha256: Annotated[str, Query(pattern="^([0-9a-f]{64})?$")] = "",
    same: Annotated[str, Query(max_length=36)] = "",
) -> dict[str, Any]:
    """Keep a file under the sender's UUID; the same bytes again get the same receipt, others a 409.

    The body is the file itself: JPEG, PNG, WEBP, HEIC, PDF, docx or xlsx, at most 20 MB. With `same`, the UUID of a
    file that the sender gave before, it is empty: those bytes count here too.
    """
    upload = Upload(finding_id, uuid, subject, role, proves, filename, sha256)
    house, actor = context.house, context.actor
    if same:
        found = partial(evidence.repeat, house.db, actor, upload, same)
        return _receipt(await to_thread.run_sync(found, limiter=_threads()))
    return await take(
        request,
        house,
        lambda: evidence.admit(house.db, actor, upload),
        lambda data: evidence.receive(house, actor, upload, data),
    )


async def take(
    request: Request, house: Installation, admit: Callable[[], Any], receive: Callable[[bytes], Evidence]
) -> dict[str, Any]:
    """Read a file to the end once `admit` lets it in, hand its bytes to `receive`, and answer with the receipt."""
    await to_thread.run_sync(admit, limiter=_threads())
    try:
        spooled = await house.photos.spool(request.stream())
    except ClientDisconnect:
        raise RoundsError("photo.truncated") from None  # nobody is there to read it; nothing was kept
    try:
        row = await to_thread.run_sync(lambda: receive(spooled.path.read_bytes()), limiter=_threads())
    finally:
        house.photos.discard(spooled)
    return _receipt(row)


def _receipt(row: Evidence) -> dict[str, Any]:
    return {
        "uuid": row.uuid,
        "kind": row.kind,
        "sha256": row.sha256,
        "size": row.size,
        "filename": row.filename,
        "received_at": row.received_at.isoformat(),
    }


@router.delete("/evidence/{uuid}", status_code=204)
def delete_evidence(context: Tablet, uuid: Uuid) -> None:
    """Take a file back while the answer may still be changed; doing it again changes nothing."""
    rectifying.remove_evidence(context.house.db, context.actor, uuid)
