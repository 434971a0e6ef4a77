"""The middleware: nothing without a session but what the table makes public, and no change from another site."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from audit.config import settings
from audit.db.engine import Database
from audit.db.models import Account
from audit.services import accounts
from audit.services.installation import Installation
from audit.services.setup import first_administrator
from audit.services.sign_in import actor_of, hash_password
from audit.web.app import create
from audit.web.routes import RULES, rule_for
from tests.factories import City

Browsers = Callable[..., TestClient]


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the identity that Streamlit would be told; accepts every websocket."""
    if scope["type"] == "websocket":
        await WebSocket(scope, receive, send).accept()
        return
    found = [value.decode() for name, value in scope["headers"] if name == b"x-rounds-account"]
    from starlette.responses import JSONResponse

    await JSONResponse(found)(scope, receive, send)


async def sweet(scope: Scope, receive: Receive, send: Send) -> None:
    """Sets two cookies, one of them as Streamlit does."""
    from starlette.responses import Response

    answer = Response()
    answer.set_cookie("_streamlit_xsrf", "1", samesite="lax")
    answer.set_cookie("other", "2", secure=True)
    await answer(scope, receive, send)


@pytest.mark.parametrize(("address", "secure"), [("https://rounds.example", [1, 1]), ("http://rounds.example", [0, 1])])
def test_under_tls_no_cookie_travels_without_it(
    city: City, sign_in_as: Browsers, monkeypatch: pytest.MonkeyPatch, address: str, secure: list[int]
) -> None:
    browser = sign_in_as(city.lin, sweet)
    token = browser.cookies["rounds"]
    monkeypatch.setenv("ROUNDS_PUBLIC_URL", address)
    settings.cache_clear()
    browser.cookies.clear()
    browser.cookies.set(settings().cookie_name, token)
    cookies = browser.get("/").headers.get_list("set-cookie")
    assert [cookie.lower().count("; secure") for cookie in cookies] == secure
    settings.cache_clear()


STREAMLIT_PATHS = (
    "/", "/home", "/_stcore/health", "/_stcore/metrics", "/_stcore/upload_file/a/b", "/media/x.png",
    "/static/js/index.js", "/component/x", "/signinx", "/healthy", "/tabletop", "/api", "/photos",
)  # fmt: skip
ELSEWHERE = ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/v1/bootstrap"), ("GET", "/photos/x/thumbnail"), ("GET", "/documents/1"),
     ("GET", "/documents/workbooks/city.xlsx"), ("POST", "/api/v1/visits/1/open"),
     ("PUT", "/api/v1/photos/x?assignment_id=1")],
)  # fmt: skip
def test_with_a_one_time_password_nothing_opens_but_the_page_that_changes_it(
    city: City, house: Installation, sign_in_as: Browsers, method: str, path: str
) -> None:
    browser = sign_in_as(city.wang)
    with house.db.write() as session:
        session.get_one(Account, city.wang.account_id).must_change_password = True
    answer = browser.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (401, "account.one_time_password")
    assert browser.get("/profile").text == "streamlit"
    assert browser.get("/signin", params={"next": "/tablet/"}).headers["location"] == "/"
    with house.db.write() as session:
        session.get_one(Account, city.wang.account_id).must_change_password = False
    assert browser.get("/signin", params={"next": "/tablet/"}).headers["location"] == "/tablet/"
    assert browser.request(method, path).text.find("account.one_time_password") == -1


@pytest.mark.parametrize("path", STREAMLIT_PATHS)
def test_without_a_session_nothing_of_streamlit_is_answered(sign_in_as: Browsers, path: str) -> None:
    response = sign_in_as(None, echo).get(path)
    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")


def test_without_a_session_a_page_leads_to_the_sign_in_page_and_back(sign_in_as: Browsers) -> None:
    response = sign_in_as(None).get("/visit_report?round=3&branch=江北", headers={"Accept": "text/html"})
    assert response.status_code == 303
    assert response.headers["location"].startswith("/signin?next=/visit_report%3Fround%3D3%26branch%3D")


@pytest.mark.parametrize("path", ["/_stcore/stream", "/anything"])
def test_without_a_session_a_websocket_is_closed(sign_in_as: Browsers, path: str) -> None:
    with pytest.raises(WebSocketDisconnect), sign_in_as(None, echo).websocket_connect(path):
        pass


def test_a_websocket_from_another_site_is_closed_even_with_a_session(city: City, sign_in_as: Browsers) -> None:
    browser = sign_in_as(city.lin, echo)
    with (
        pytest.raises(WebSocketDisconnect),
        browser.websocket_connect("/_stcore/stream", headers={"Origin": "http://evil.example"}),
    ):
        pass
    with browser.websocket_connect("/_stcore/stream"):
        pass


def test_the_identity_is_the_sessions_whatever_the_client_claims(city: City, sign_in_as: Browsers) -> None:
    claimed = {"X-Rounds-Account": "1", "x-rounds-account": "2"}
    assert sign_in_as(city.lin, echo).get("/", headers=claimed).json() == [str(city.lin.account_id)]


def _paths(route: Any) -> list[str]:
    included = getattr(route, "original_router", None)
    return [path for inner in included.routes for path in _paths(inner)] if included else [route.path]


def test_every_route_of_the_web_application_has_a_row_of_its_own_in_the_table() -> None:
    paths = [path for route in create().routes for path in _paths(route)]
    assert len(paths) > 10
    assert [path for path in paths if rule_for(path).served != "web"] == []


def test_the_table_opens_only_what_it_says() -> None:
    assert {rule.prefix for rule in RULES if rule.access == "public"} == {
        "/signin", "/auth/", "/health", "/assets/", "/certificate", "/link", "/tablet", "/verify",
        "/contest",
    }  # fmt: skip


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", "http://localhost:8501.evil.example"])
@pytest.mark.parametrize("path", ["/signin", "/signout"])
def test_a_change_from_another_site_is_refused(city: City, sign_in_as: Browsers, path: str, origin: str) -> None:
    response = sign_in_as(city.lin).post(path, headers={"Origin": origin})
    assert (response.status_code, response.json()["code"]) == (403, "origin")


def test_signing_out_ends_the_session_at_once_everywhere(city: City, sign_in_as: Browsers) -> None:
    browser = sign_in_as(city.lin, echo)
    token = browser.cookies["rounds"]
    assert browser.get("/").status_code == 200
    assert browser.post("/signout").status_code == 303
    assert actor_of(city.db, token) is None
    browser.cookies.set("rounds", token)
    assert browser.get("/").status_code == 401


@pytest.mark.parametrize("planted", ["chosen-by-somebody-else", "of-somebody-else"])
def test_a_cookie_that_was_there_before_signing_in_is_another_one_after_it(
    city: City, sign_in_as: Browsers, planted: str
) -> None:
    with city.db.write() as session:
        session.get_one(Account, city.lin.account_id).password_hash = hash_password("correct horse battery")
    browser = sign_in_as(city.mei if planted == "of-somebody-else" else None, echo)
    before = browser.cookies.get("rounds") or planted
    browser.cookies.set("rounds", before)
    answer = browser.post("/signin", data={"name": "lin", "password": "correct horse battery"})
    assert answer.status_code == 303, answer.text
    after = answer.cookies["rounds"]
    assert after != before
    assert actor_of(city.db, before) is None, "whoever planted it has nothing"
    entered = actor_of(city.db, after)
    assert entered is not None
    assert entered.account_id == city.lin.account_id


def test_whoever_is_deactivated_is_refused_at_the_next_tap(city: City, sign_in_as: Browsers) -> None:
    browser = sign_in_as(city.wang, echo)
    with browser.websocket_connect("/_stcore/stream"):
        accounts.deactivate(city.db, city.adam, city.wang.account_id, 1)
        for path in ("/", "/api/v1/bootstrap", "/documents/1", "/media/x.png"):
            assert browser.get(path).json()["code"] == "unauthenticated"
    with pytest.raises(WebSocketDisconnect), browser.websocket_connect("/_stcore/stream"):
        pass


def test_own_pages_carry_a_content_security_policy_and_no_page_may_be_framed_elsewhere(sign_in_as: Browsers) -> None:
    headers = sign_in_as(None).get("/signin").headers
    assert "script" not in headers["content-security-policy"]
    assert headers["content-security-policy"].startswith("default-src 'self'")
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert headers["x-content-type-options"] == "nosniff"


def test_the_name_of_the_start_page_leads_there(city: City, sign_in_as: Callable[..., TestClient]) -> None:
    answer = sign_in_as(city.lin).get("/home", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_after_signing_in_nobody_is_led_to_another_site(city: City, sign_in_as: Browsers, wanted: str) -> None:
    response = sign_in_as(city.lin).get("/signin", params={"next": wanted})
    assert (response.status_code, response.headers["location"]) == (303, "/")


@pytest.mark.parametrize(("language", "title"), [("zh-CN,zh;q=0.9", "登录"), ("en-GB", "Sign in")])
def test_the_sign_in_page_speaks_the_browsers_language(sign_in_as: Browsers, language: str, title: str) -> None:
    page = sign_in_as(None).get("/signin", headers={"Accept-Language": language}).text
    assert f'<h1 id="sign-in-title">{title}</h1>' in page


def test_an_empty_installation_says_how_to_begin_and_no_other_does(db: Database, sign_in_as: Browsers) -> None:
    assert "python -m audit init" in sign_in_as(None).get("/signin").text
    first_administrator(db, "admin")
    assert "python -m audit" not in sign_in_as(None).get("/signin").text


def test_what_was_typed_comes_back_as_text_not_as_markup(sign_in_as: Browsers) -> None:
    response = sign_in_as(None).post("/signin", data={"name": '"><script>alert(1)</script>', "password": "x"})
    assert response.status_code == 401
    assert "<script>" not in response.text
    assert "&lt;script&gt;" in response.text


def test_personas_are_refused_outside_the_demo(city: City, sign_in_as: Browsers) -> None:
    response = sign_in_as(None).post("/signin", data={"persona": "lin"}, headers={"Accept-Language": "en"})
    assert response.status_code == 403
    assert "set-cookie" not in response.headers
    assert "personas" not in response.text


def test_a_database_out_of_reach_is_an_answer_not_a_crash(
    city: City, sign_in_as: Browsers, house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = sign_in_as(city.lin, echo)
    monkeypatch.setitem(house.__dict__, "db", Database("postgresql+psycopg://nobody@127.0.0.1:9/none"))
    response = browser.get("/")
    assert (response.status_code, response.json()["code"]) == (503, "not_ready")
    assert browser.get("/health").status_code == 503
