"""The branch's answer over HTTP, as the boxes of a page send it while somebody types."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from audit.services.installation import Installation
from audit.services.loop import rectifying
from tests.factories import City
from tests.looping import Loop, enter_the_loop

Browsers = Callable[..., TestClient]


@pytest.fixture
def loop(city: City) -> Loop:
    return enter_the_loop(city)


def put(browser: TestClient, findings: list[int], given: dict[str, Any], **more: Any):  # type: ignore[no-untyped-def]
    body = {"findings": findings, "given": given, "seen": {name: [""] * len(findings) for name in given}, **more}
    return browser.put("/api/v1/answers", json=body)


def said(loop: Loop, finding_id: int) -> str:
    return str(rectifying.answer_of(loop.db, loop.city.mei, finding_id).values["correction"])


def test_what_is_typed_is_kept_and_the_same_again_is_answered_alike(
    loop: Loop, house: Installation, sign_in_as: Browsers
) -> None:
    number, mei = loop.rectifying(), sign_in_as(loop.city.mei)
    first = put(mei, [number], {"correction": "已更换 ", "responsible": "胡堃"})
    assert (first.status_code, first.json()["version"]) == (200, 1), first.text
    assert put(mei, [number], {"correction": "已更换 ", "responsible": "胡堃"}).json()["version"] == 1
    more = put(mei, [number], {"correction": "已更换 灯箱"}, seen={"correction": ["已更换 "]})
    assert (more.status_code, more.json()["version"]) == (200, 2), "a pause after a blank is nobody else's change"
    assert said(loop, number) == "已更换 灯箱"


def test_what_somebody_else_wrote_meanwhile_is_not_written_over(
    loop: Loop, house: Installation, sign_in_as: Browsers
) -> None:
    number, mei = loop.rectifying(), sign_in_as(loop.city.mei)
    loop.write(loop.city.mei, number, correction="同事写的")
    refused = put(mei, [number], {"correction": "我写的"})
    assert (refused.status_code, refused.json()["code"], said(loop, number)) == (409, "stale", "同事写的")
    assert put(mei, [number], {"correction": "我写的"}, seen={"correction": ["同事写的"]}).status_code == 200


def test_one_text_for_several_halls_is_kept_in_all_or_in_none(
    loop: Loop, house: Installation, sign_in_as: Browsers
) -> None:
    first = loop.draft(clause_zh="门头完好")
    second = loop.rectifying(clause_zh="门头完好", outlet_id=loop.city.outlets["JB02"])
    mei = sign_in_as(loop.city.mei)
    assert put(mei, [first, second], {"correction": "已统一更换"}).json()["version"] == 2
    assert [said(loop, one) for one in (first, second)] == ["已统一更换"] * 2
    loop.write(loop.city.mei, second, 1, correction="本厅另行更换")
    seen = {"correction": ["已统一更换", "已统一更换"]}
    assert put(mei, [first, second], {"correction": "改了"}, seen=seen).json()["code"] == "stale"
    assert said(loop, first) == "已统一更换"


@pytest.mark.parametrize(
    ("given", "more", "code"),
    [
        ({"completed_on": "2026-11-20"}, {}, "invalid"),
        ({"state": "closed"}, {}, "invalid"),
        ({"correction": "x"}, {"seen": {}}, "invalid"),
        ({"correction": "x"}, {"seen": {"correction": ["", ""]}}, "invalid"),
        ({"correction": "字" * 4001}, {}, "too_long"),
        ({"correction": 7}, {}, "invalid"),
        ({}, {}, "invalid"),
    ],
)
def test_what_is_no_text_of_an_answer_is_refused_and_leaves_nothing(
    loop: Loop, house: Installation, sign_in_as: Browsers, given: dict[str, Any], more: dict[str, Any], code: str
) -> None:
    number = loop.rectifying()
    refused = put(sign_in_as(loop.city.mei), [number], given, **more)
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert rectifying.answer_of(loop.db, loop.city.mei, number).version == 0


def test_nobody_writes_what_is_not_theirs_or_not_to_be_written_now(
    loop: Loop, house: Installation, sign_in_as: Browsers
) -> None:
    number = loop.rectifying()
    for name, status in (("hu", 404), ("chen", 403), ("wang", 403), ("luo", 403)):
        assert put(sign_in_as(loop.city.actors[name]), [number], {"correction": "x"}).status_code == status, name
    mei = sign_in_as(loop.city.mei)
    mei.headers["X-Rounds-User"] = str(loop.city.hu.account_id)
    assert put(mei, [number], {"correction": "x"}).status_code == 401, "the page of somebody else"
    over = loop.submitted(item="A03")
    refused = put(sign_in_as(loop.city.mei), [over], {"correction": "改"}, seen={"correction": ["已更换灯箱"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
