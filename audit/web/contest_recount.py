"""The recount files for everybody: of each season the result that stands, and those that it corrected."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import StreamingResponse
from starlette.responses import Response

from audit.i18n import pick
from audit.services.contest import recount_files
from audit.web.contest_context import Anybody, LightRoute, light_page
from audit.web.streaming import chunks

router = APIRouter(prefix="/contest/recount", include_in_schema=False, route_class=LightRoute)
KILO, MEGA = 1000, 1_000_000


@router.get("")
def show(visit: Anybody) -> Response:
    """All files with their hashes, and how to recount one."""
    found = recount_files.of_all_seasons(visit.house.db)
    seasons = [(pick(visit.locale, season.name_zh, season.name_en), files) for season, files in found]
    return light_page("contest_recount.html", visit, seasons=seasons, size=_size)


@router.get("/{sha256}.json.gz")
def file(visit: Anybody, sha256: Annotated[str, Path(max_length=64)]) -> Response:
    """The bytes of a file; they never change under their hash."""
    found = recount_files.find(visit.house, sha256)
    headers = {
        "Cache-Control": "public, max-age=604800, immutable",
        "Content-Disposition": f'attachment; filename="{found.filename}"',
        "Content-Length": str(found.size),
        "X-Content-Type-Options": "nosniff",
    }
    content = chunks(visit.house.documents.open(sha256))
    return StreamingResponse(content, media_type=found.media_type, headers=headers)


def _size(number: int) -> str:
    """A number of bytes as people read it."""
    return f"{number / MEGA:.1f} MB" if number >= MEGA else f"{max(1, round(number / KILO))} kB"
