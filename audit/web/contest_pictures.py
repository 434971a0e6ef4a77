"""Pictures of contestants, cases and ideas. Their addresses are their hashes: they never change."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import StreamingResponse
from starlette.responses import Response

from audit.config import settings
from audit.domain.permissions import Actor
from audit.errors import RoundsError
from audit.photos.store import is_blob_name
from audit.services.contest.contribution_photos import check_picture
from audit.services.contest.sign_in import contestant_of
from audit.services.installation import installation
from audit.web.streaming import chunks

router = APIRouter(prefix="/contest", include_in_schema=False)


@router.get("/pictures/{sha256}")
def picture(request: Request, sha256: Annotated[str, Path(max_length=64)]) -> Response:
    """A portrait or a published picture for everybody; others for their author and for who reviews."""
    if not is_blob_name(sha256):
        raise RoundsError("not_found")
    house = installation()
    me = contestant_of(house.db, request.cookies.get(settings().contest_cookie_name))
    actor: Actor | None = request.scope.get("rounds_actor")
    check_picture(house.db, sha256, me, actor)
    headers = {"Cache-Control": "private, max-age=604800", "X-Content-Type-Options": "nosniff"}
    return StreamingResponse(chunks(house.photos.open(sha256)), media_type="image/jpeg", headers=headers)
