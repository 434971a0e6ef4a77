"""Files of a one-purpose link: the photos of its finding, and the evidence that its holder sends."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from audit.services.loop import linked
from audit.services.loop.evidence import Upload
from audit.web.api.evidence import take
from audit.web.link import Holder, private

router = APIRouter(prefix="/link", include_in_schema=False)
Uuid = Annotated[str, Path(max_length=36)]


@router.put("/evidence/{uuid}")
async def put_evidence(
    request: Request,
    holder: Holder,
    uuid: Uuid,
    role: Annotated[str, Query(max_length=20)] = "other",
    proves: Annotated[str, Query(max_length=20)] = "photo",
    filename: Annotated[str, Query(max_length=300)] = "",
    sha256: Annotated[str, Query(pattern="^([0-9a-f]{64})?$")] = "",
) -> dict[str, Any]:
    """Keep a file under the sender's UUID, as `PUT /api/v1/findings/…/evidence/…` does for people with an account."""
    upload = Upload(0, uuid, linked.SUBJECT, role, proves, filename, sha256)
    return await take(
        request,
        holder.house,
        lambda: linked.admit(*holder.all, upload),
        lambda data: linked.receive(holder.house, holder.token, holder.address, upload, data),
    )


@router.delete("/evidence/{uuid}", status_code=204)
def delete_evidence(holder: Holder, uuid: Uuid) -> None:
    """Take a file back; doing it again changes nothing."""
    linked.remove(*holder.all, uuid)


@router.get("/photos/{uuid}/{kind}", response_class=Response)
def get_photo(holder: Holder, uuid: Uuid, kind: Annotated[str, Path(max_length=20)]) -> Response:
    """A photo of this finding or of its answer, as `thumbnail` or `report` picture."""
    found = linked.picture(holder.house, holder.token, holder.address, uuid, kind)
    return private(Response(holder.house.photos.read(found.sha256), media_type=found.media_type))
