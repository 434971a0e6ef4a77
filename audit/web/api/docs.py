"""The description of the API as a page, from files of our own: nothing is fetched from elsewhere."""

from fastapi import APIRouter, Response

router = APIRouter(prefix="/api/docs", include_in_schema=False)

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Rounds 巡检 · API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/tablet/lib/swagger-ui-dist/swagger-ui.css"></head>
<body><div id="api"></div>
<script src="/tablet/lib/swagger-ui-dist/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script></body></html>
"""
_SCRIPT = """SwaggerUIBundle({
  url: "/api/openapi.json", dom_id: "#api", deepLinking: true, validatorUrl: null, supportedSubmitMethods: ["get"],
});
"""


@router.get("")
def page() -> Response:
    """The page."""
    return Response(_PAGE, media_type="text/html")


@router.get("/start.js")
def script() -> Response:
    """Its script: the security policy allows none inside the page."""
    return Response(_SCRIPT, media_type="text/javascript")
