"""Signing in with the company account: OpenID Connect, authorisation code with PKCE.

What has to survive the trip to the provider (state, nonce, verifier, where the person wanted to go) travels in a
signed cookie that ends after ten minutes; its key is made once in the data folder.
"""

import secrets
from typing import Any

from anyio import to_thread
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from fastapi import APIRouter, Request
from httpx2 import AsyncClient, HTTPError
from itsdangerous import BadSignature, URLSafeTimedSerializer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from starlette.responses import RedirectResponse, Response

from audit.config import Settings, settings
from audit.errors import RoundsError
from audit.services.installation import installation
from audit.services.sign_in import enter_by_company_account
from audit.web.durable import write_whole
from audit.web.security import client_address
from audit.web.sign_in import safe_next, set_cookie

router = APIRouter(include_in_schema=False)

COOKIE = "rounds_oidc"
TRIP_SECONDS = 600
TIMEOUT_SECONDS = 10
SIGNATURES = ["RS256", "PS256", "ES256"]  # never "none", never a shared secret


@router.get("/auth/start")
async def start(next: str = "/") -> Response:
    """Send the browser to the provider. `not_found` when none is configured."""
    config = _configured()
    provider = await _get(f"{config.oidc_issuer.rstrip('/')}/.well-known/openid-configuration")
    trip = {"nonce": secrets.token_urlsafe(24), "verifier": secrets.token_urlsafe(48), "next": safe_next(next)}
    async with _client(config) as client:
        address, trip["state"] = client.create_authorization_url(
            provider["authorization_endpoint"], nonce=trip["nonce"], code_verifier=trip["verifier"]
        )
    response = RedirectResponse(address, status_code=303)
    sealed = str(_seal(config).dumps(trip))
    response.set_cookie(COOKIE, sealed, max_age=TRIP_SECONDS, path="/auth/", httponly=True, secure=config.https)
    return response


@router.get("/auth/callback")
async def callback(request: Request, code: str = "", state: str = "") -> Response:
    """Take the provider's answer: check it in full, and sign the person in. Raises `signin.wrong` for anything odd."""
    config = _configured()
    try:
        trip = _seal(config).loads(request.cookies.get(COOKIE, ""), max_age=TRIP_SECONDS)
    except BadSignature:
        raise RoundsError("signin.wrong") from None
    if not code or not secrets.compare_digest(state.encode(), trip["state"].encode()):
        raise RoundsError("signin.wrong")
    claims = await _claims(config, code, trip)
    token = await to_thread.run_sync(
        enter_by_company_account,
        installation().db,
        f"{claims['iss']}|{claims['sub']}",
        str(claims.get("preferred_username") or ""),
        client_address(request, config),
        request.headers.get("user-agent", ""),
    )
    response = RedirectResponse(trip["next"], status_code=303)
    response.delete_cookie(COOKIE, path="/auth/")
    set_cookie(response, token)
    return response


async def _claims(config: Settings, code: str, trip: dict[str, Any]) -> dict[str, Any]:
    """The identity token's claims, once its signature, issuer, audience, times and nonce are found right."""
    provider = await _get(f"{config.oidc_issuer.rstrip('/')}/.well-known/openid-configuration")
    keys = KeySet.import_key_set(await _get(provider["jwks_uri"]))  # type: ignore[arg-type]
    try:
        async with _client(config) as client:
            answer = await client.fetch_token(provider["token_endpoint"], code=code, code_verifier=trip["verifier"])
        claims = jwt.decode(answer["id_token"], keys, algorithms=SIGNATURES).claims
        jwt.JWTClaimsRegistry(
            leeway=60,
            iss={"essential": True, "value": provider["issuer"]},
            aud={"essential": True, "value": config.oidc_client_id},
            exp={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": trip["nonce"]},
        ).validate(claims)
    except (JoseError, OAuthError, HTTPError, KeyError, ValueError) as error:
        raise RoundsError("signin.wrong") from error
    return claims


def _configured() -> Settings:
    config = settings()
    if not config.oidc_issuer:
        raise RoundsError("not_found")
    return config


def _client(config: Settings) -> AsyncOAuth2Client:
    return AsyncOAuth2Client(
        config.oidc_client_id,
        config.oidc_client_secret.get_secret_value(),
        scope="openid profile",
        redirect_uri=f"{config.public_url.rstrip('/')}/auth/callback",
        code_challenge_method="S256",
        timeout=TIMEOUT_SECONDS,
    )


async def _get(address: str) -> dict[str, Any]:
    try:
        async with AsyncClient(timeout=TIMEOUT_SECONDS) as client:
            answer = await client.get(address)
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
            return found
    except (HTTPError, ValueError) as error:
        raise RoundsError("signin.provider") from error


def _seal(config: Settings) -> URLSafeTimedSerializer:
    place = config.home / "seal.key"
    if not place.exists() or not place.stat().st_size:  # an empty one is what was left of a process that was killed
        write_whole(place, secrets.token_hex(32).encode())
    return URLSafeTimedSerializer(place.read_text(), salt="oidc")
