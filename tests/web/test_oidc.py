"""The company account: a real provider on this machine, and everything that may be wrong with its answer."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlmodel import col, select, update
from starlette.testclient import TestClient

from audit.config import settings
from audit.db.models import Account
from audit.services.sign_in import actor_of
from tests.factories import City

KEY = RSAKey.generate_key(2048, {"kid": "k1"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "k1"})


class Provider:
    """A small OpenID Connect provider. `claims` and `key` are what its next identity token is made of."""

    def __init__(self) -> None:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                keys = {"keys": [KEY.as_dict(private=False)]}
                self._answer(provider.discovery() if "well-known" in self.path else keys)

            def do_POST(self) -> None:
                body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                provider.asked.append(body)
                if body["code"] == ["spent"]:
                    return self._answer({"error": "invalid_grant"}, 400)
                token = jwt.encode({"alg": "RS256", "kid": "k1"}, provider.claims, provider.key)
                return self._answer({"access_token": "a", "token_type": "Bearer", "id_token": token})

            def _answer(self, content: dict[str, Any], status: int = 200) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(content).encode())

            def log_message(self, *_: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        self.key = KEY
        self.claims: dict[str, Any] = {}
        self.asked: list[dict[str, list[str]]] = []
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def discovery(self) -> dict[str, str]:
        """What the provider says of itself."""
        parts = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return {"issuer": self.issuer, **{name: f"{self.issuer}/{path}" for name, path in parts.items()}}

    def vouch(self, asked_nonce: str, **changed: Any) -> None:
        """Prepare the next identity token."""
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": "rounds", "sub": "s-1", "nonce": asked_nonce, "iat": now, "exp": now + 300}
        self.claims = {**claims, "preferred_username": "lin", **changed}


@pytest.fixture
def provider(house: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """A provider that the installation is configured for."""
    running = Provider()
    for name, value in (("ISSUER", running.issuer), ("CLIENT_ID", "rounds"), ("CLIENT_SECRET", "s")):
        monkeypatch.setenv(f"ROUNDS_OIDC_{name}", value)
    settings.cache_clear()
    yield running
    running.server.shutdown()


def _leave(browser: TestClient, wanted: str = "/") -> dict[str, str]:
    response = browser.get("/auth/start", params={"next": wanted})
    assert response.status_code == 303
    return {name: values[0] for name, values in parse_qs(urlsplit(response.headers["location"]).query).items()}


def test_a_person_comes_back_signed_in_and_where_she_wanted_to_go(
    city: City, provider: Provider, sign_in_as: Callable[..., TestClient]
) -> None:
    browser = sign_in_as(None)
    asked = _leave(browser, "/home?x=1")
    assert (asked["client_id"], asked["code_challenge_method"]) == ("rounds", "S256")
    provider.vouch(asked["nonce"])
    response = browser.get("/auth/callback", params={"code": "c", "state": asked["state"]})
    assert (response.status_code, response.headers["location"]) == (303, "/home?x=1")
    actor = actor_of(city.db, browser.cookies["rounds"])
    assert actor
    assert actor.account_id == city.lin.account_id
    with city.db.read() as session:
        bound = session.exec(select(Account.oidc_subject).where(Account.sign_in_name == "lin")).one()
    assert bound == f"{provider.issuer}|s-1"


def test_an_empty_key_that_a_killed_process_left_seals_nothing(
    city: City, provider: Provider, sign_in_as: Callable[..., TestClient]
) -> None:
    place = settings().home / "seal.key"
    place.write_bytes(b"")
    browser = sign_in_as(None)
    asked = _leave(browser)
    assert len(place.read_text()) == 64
    provider.vouch(asked["nonce"])
    assert browser.get("/auth/callback", params={"code": "c", "state": asked["state"]}).status_code == 303
    assert len(place.read_text()) == 64


# fmt: off
WRONG = {
    "another issuer":       {"iss": "http://evil.example"},
    "another audience":     {"aud": "somebody else"},
    "expired":              {"exp": 1_000_000},
    "another nonce":        {"nonce": "replayed"},
    "nobody we know":       {"preferred_username": "stranger"},
    "no user name":         {"preferred_username": ""},
}
# fmt: on


@pytest.mark.parametrize("changed", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_identity_token_signs_nobody_in(
    city: City, provider: Provider, sign_in_as: Callable[..., TestClient], changed: dict[str, Any]
) -> None:
    browser = sign_in_as(None)
    asked = _leave(browser)
    provider.vouch(asked["nonce"], **changed)
    response = browser.get("/auth/callback", params={"code": "c", "state": asked["state"]})
    assert (response.status_code, response.json()["code"]) == (401, "signin.wrong")
    assert "rounds" not in browser.cookies


def test_a_token_signed_by_somebody_else_signs_nobody_in(
    city: City, provider: Provider, sign_in_as: Callable[..., TestClient]
) -> None:
    browser = sign_in_as(None)
    asked = _leave(browser)
    provider.vouch(asked["nonce"])
    provider.key = OTHER_KEY
    assert browser.get("/auth/callback", params={"code": "c", "state": asked["state"]}).status_code == 401


@pytest.mark.parametrize("state", ["", "guessed", "猜"])
def test_an_answer_that_nobody_asked_for_signs_nobody_in(
    city: City, provider: Provider, sign_in_as: Callable[..., TestClient], state: str
) -> None:
    browser = sign_in_as(None)
    _leave(browser)
    assert browser.get("/auth/callback", params={"code": "c", "state": state}).status_code == 401
    assert sign_in_as(None).get("/auth/callback", params={"code": "c", "state": state}).status_code == 401
    assert provider.asked == []


def test_a_code_that_the_provider_refuses_signs_nobody_in(
    city: City, provider: Provider, sign_in_as: Callable[..., TestClient]
) -> None:
    browser = sign_in_as(None)
    asked = _leave(browser)
    response = browser.get("/auth/callback", params={"code": "spent", "state": asked["state"]})
    assert (response.status_code, response.json()["code"]) == (401, "signin.wrong")


def test_a_user_name_that_is_taken_over_at_the_provider_does_not_open_a_bound_account(
    city: City, provider: Provider, sign_in_as: Callable[..., TestClient]
) -> None:
    with city.db.write() as session:
        bound = update(Account).where(col(Account.sign_in_name) == "lin").values(oidc_subject=f"{provider.issuer}|s-0")
        session.exec(bound)
    browser = sign_in_as(None)
    asked = _leave(browser)
    provider.vouch(asked["nonce"], sub="s-1")
    assert browser.get("/auth/callback", params={"code": "c", "state": asked["state"]}).status_code == 401


def test_without_a_provider_there_is_no_such_door(house: object, sign_in_as: Callable[..., TestClient]) -> None:
    assert sign_in_as(None).get("/auth/start").status_code == 404


def test_a_provider_that_does_not_answer_is_a_clear_refusal(
    city: City, provider: Provider, sign_in_as: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROUNDS_OIDC_ISSUER", "http://127.0.0.1:9")
    settings.cache_clear()
    response = sign_in_as(None).get("/auth/start")
    assert (response.status_code, response.json()["code"]) == (503, "signin.provider")
