"""The one middleware: who is asking, may they reach this path, does a change come from our own pages.

Pure ASGI, so that the websocket is gated like everything else. It strips whatever identity a client claims and sets
the header that Streamlit's `server.trustedUserHeaders` maps to `st.user`.
"""

from typing import Any
from urllib.parse import quote, urlsplit

from anyio import to_thread
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from audit.config import Settings, settings
from audit.domain.permissions import Actor
from audit.errors import RoundsError
from audit.i18n import message, negotiate
from audit.services.installation import installation
from audit.services.sign_in import actor_of
from audit.web.bodies import counted
from audit.web.routes import Rule, rule_for

IDENTITY_HEADER = b"x-rounds-account"
DEVICE_HEADER = "x-rounds-device"
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}

# Streamlit's pages need inline styles and evaluate code; they get framing and sniffing protection only.
EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
}
OWN_PAGES = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'"
)


def client_address(connection: HTTPConnection, config: Settings) -> str:
    """The client's address; `X-Forwarded-For` is believed only from the proxies in the settings."""
    direct = connection.client.host if connection.client else ""
    proxies = {part.strip() for part in config.trusted_proxies.split(",") if part.strip()}
    if direct in proxies:
        chain = [part.strip() for part in connection.headers.get("x-forwarded-for", "").split(",") if part.strip()]
        while chain:
            last = chain.pop()
            if last not in proxies:
                return last
    return direct


def from_own_site(connection: HTTPConnection, config: Settings) -> bool:
    """Whether the `Origin` is this site: the address in the settings, or the host that was asked."""
    origin = connection.headers.get("origin", "")
    if not origin or origin == "null":
        return False
    try:
        host = urlsplit(origin).netloc
    except ValueError:
        return False
    return origin == config.public_url.rstrip("/") or host == connection.headers.get("host", "")


class Security:
    """Wraps the whole application: our own web application and Streamlit behind it."""

    def __init__(self, app: ASGIApp, web: ASGIApp) -> None:
        self.app = app
        self.web = web

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        config = settings()
        connection = HTTPConnection(scope)
        rule = rule_for(scope["path"])
        token = connection.cookies.get(config.cookie_name)
        device = connection.headers.get(DEVICE_HEADER, "")
        actor, refusal = None, None
        try:
            actor = await to_thread.run_sync(actor_of, installation().db, token, device) if token else None
        except RoundsError as error:  # the database is busy or out of reach: an answer, not a crash
            refusal = error
        refusal = refusal or _refusal(rule, actor, connection, config)
        if refusal:
            await _refuse(refusal, connection, scope, receive, send)
            return

        headers = [(name, value) for name, value in scope["headers"] if name.lower() != IDENTITY_HEADER]
        if actor:
            headers.append((IDENTITY_HEADER, str(actor.account_id).encode()))
        inner = dict(scope, headers=headers, rounds_actor=actor, rounds_token=token)
        if rule.served == "web":
            await self.web(inner, counted(scope, receive), _with_headers(send, own=True))
        else:
            await self.app(inner, receive, _with_headers(send, own=False))


def _refusal(rule: Rule, actor: Actor | None, connection: HTTPConnection, config: Settings) -> RoundsError | None:
    if rule.access == "session" and actor is None:
        return RoundsError("unauthenticated")
    if _changes(connection.scope, rule.served) and not from_own_site(connection, config):
        return RoundsError("origin")
    return None


def _changes(scope: Scope, served: str) -> bool:
    """Whether the Origin must be ours: changes through our routes, and every websocket."""
    if scope["type"] == "websocket":
        return True
    return served == "web" and scope["method"] not in SAFE_METHODS


def _with_headers(send: Send, own: bool) -> Send:
    async def wrapped(event: Message) -> None:
        if event["type"] == "http.response.start":
            headers = MutableHeaders(scope=event)
            for name, value in EVERYWHERE.items():
                headers.setdefault(name, value)
            if own:
                headers.setdefault("Content-Security-Policy", OWN_PAGES)
            if settings().https:
                headers.setdefault("Strict-Transport-Security", "max-age=31536000")
                event["headers"] = [_only_over_tls(*header) for header in event["headers"]]
        await send(event)

    return wrapped


def _only_over_tls(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """A header of an answer, with `Secure` on a cookie that lacks it: Streamlit's own do."""
    lacking = name.lower() == b"set-cookie" and b"; secure" not in value.lower()
    return name, value + b"; Secure" if lacking else value


async def _refuse(error: RoundsError, connection: HTTPConnection, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 4401, "reason": error.code})
        return
    wants_page = "text/html" in connection.headers.get("accept", "") and scope["method"] == "GET"
    response: Response
    if wants_page and error.code == "unauthenticated":
        query = scope.get("query_string", b"").decode("latin-1")
        wanted = scope["path"] + (f"?{query}" if query else "")
        response = RedirectResponse(f"/signin?next={quote(wanted)}" if wanted != "/" else "/signin", status_code=303)
    else:
        response = error_response(error, negotiate(connection.headers.get("accept-language")))
    await response(scope, receive, _with_headers(send, own=True))


def error_response(error: RoundsError, locale: str, **extra: Any) -> JSONResponse:
    """A refusal as JSON: stable code, sentence in the person's language, parameters."""
    headers = {"Retry-After": str(error.params.get("seconds", 2))} if error.status in (429, 503) else None
    body = {"code": error.code, "message": message(error, locale), "params": error.params, **extra}
    return JSONResponse(body, status_code=error.status, headers=headers)
