"""Is the process alive and can it reach its database."""

from fastapi import APIRouter
from sqlalchemy import text
from starlette.responses import JSONResponse

from audit.services.installation import installation

router = APIRouter(include_in_schema=False)


@router.get("/health")
def health() -> JSONResponse:
    """200 when a query runs, 503 when not; says nothing else to strangers."""
    try:
        with installation().db.read() as session:
            session.execute(text("SELECT 1"))
    except Exception:
        return JSONResponse({"status": "database"}, status_code=503)
    return JSONResponse({"status": "ok"})
