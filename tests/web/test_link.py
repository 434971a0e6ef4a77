"""The page of a one-purpose link: one finding and nothing else, for whoever holds the token and nobody else."""

import datetime as dt
from collections.abc import Callable

import pytest
from sqlmodel import col, select
from starlette.testclient import TestClient

from audit.db.models import Delegation, Event, Evidence
from audit.services import clock
from audit.services.installation import Installation
from audit.services.loop import delegating, rectifying
from audit.services.work import unit_of_work
from tests.factories import City
from tests.field import new_uuid, picture
from tests.looping import FRIDAY, Loop, enter_the_loop
from tests.web.test_evidence import PDF

Browsers = Callable[..., TestClient]
TWO_HOURS = dt.timedelta(hours=2)
LANGUAGE = {"Accept-Language": "zh-CN"}
DEAD = '{"code":"delegation.link","message":"链接无效或已过期，请联系分公司重新获取。","params":{}}'


@pytest.fixture
def loop(city: City, monkeypatch: pytest.MonkeyPatch) -> Loop:
    """The first visit accepted; everything happens at the instant of the loop."""
    loop = enter_the_loop(city)
    monkeypatch.setattr(clock, "now", lambda: loop.at)
    return loop


@pytest.fixture
def phone(house: Installation, sign_in_as: Browsers) -> Callable[[str], TestClient]:
    """A maker of phones without cookies: `phone(token)` holds the link of that token."""

    def make(token: str) -> TestClient:
        made = sign_in_as(None)
        made.headers.update({"X-Rounds-Link": token, **LANGUAGE})
        return made

    return make


def given_out(loop: Loop, finding_id: int) -> str:
    return delegating.make_link(loop.db, loop.city.mei, finding_id, TWO_HOURS, "请于今天拍照").token


def put(phone: TestClient, given: dict[str, str], seen: dict[str, str] | None = None):  # type: ignore[no-untyped-def]
    return phone.put("/link/answer", json={"given": given, "seen": seen or {}})


def test_the_holder_reads_the_one_finding_writes_and_hands_over(
    loop: Loop, house: Installation, phone: Callable[[str], TestClient]
) -> None:
    finding_id = loop.rectifying(clause_zh="门头完好", observation="灯箱破损", criterion_zh="无破损")
    hall = phone(given_out(loop, finding_id))
    told = hall.get("/link/finding").text
    for said in ("门头完好", "灯箱破损", "无破损", "观音桥营业厅", "请于今天拍照", "剩 15 个工作日", "照片"):
        assert said in told
    assert put(hall, {"correction": "已更换灯箱"}).status_code == 200
    assert put(hall, {"responsible": "胡堃", "completed_on": "2026-11-20"}).status_code == 200
    uuid = new_uuid()
    sent = hall.put(f"/link/evidence/{uuid}", content=picture(), params={"role": "after", "filename": "after.jpg"})
    assert sent.status_code == 200, sent.text
    assert hall.put(f"/link/evidence/{uuid}", content=picture(), params={"role": "after"}).json() == sent.json()
    assert hall.get(f"/link/photos/{uuid}/thumbnail").headers["content-type"] == "image/jpeg"
    answer = rectifying.answer_of(loop.db, loop.city.mei, finding_id)
    assert (answer.values["correction"], answer.values["responsible"]) == ("已更换灯箱", "胡堃")
    assert [proof.role for proof in answer.evidence] == ["after"]
    assert [hall.post("/link/done").status_code for _ in range(2)] == [204, 204]
    assert "已通知分公司" in hall.get("/link/finding").text
    late = put(hall, {"correction": "改一下"}, {"correction": "已更换灯箱"})
    assert (late.status_code, late.json()["code"]) == (409, "delegation.handed_over")
    assert hall.delete("/link/done").status_code == 204
    assert put(hall, {"correction": "改一下"}, {"correction": "已更换灯箱"}).status_code == 200
    with loop.db.read() as session:
        told_of = select(Event.verb).where(col(Event.verb).startswith("finding.")).order_by(col(Event.seq))
        verbs = [verb.removeprefix("finding.") for verb in session.exec(told_of).all()]
    assert verbs[-4:] == ["link_given", "link_used", "handed_over", "taken_up"]
    loop.do(loop.city.mei, finding_id, "submit")
    told = hall.get("/link/finding").text
    assert "分公司已提交整改" in told
    assert 'name="correction"' not in told
    assert put(hall, {"cause": "x"}).json()["code"] == "wrong_state"


def test_the_page_itself_tells_nothing_and_gives_nothing_away(
    loop: Loop, house: Installation, phone: Callable[[str], TestClient]
) -> None:
    token = given_out(loop, loop.rectifying(clause_zh="门头完好"))
    nobody = phone("")
    shell, told = nobody.get("/link"), phone(token).get("/link/finding")
    assert "门头完好" not in shell.text
    assert 'href="/"' not in shell.text
    for page in (shell, told):
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
        assert token not in page.text
    parts = ("/assets/link.css", "/assets/link.js", "/assets/pages.css", "/tablet/upload.js", "/tablet/ghost.js")
    weight = len(shell.content) + len(told.content) + sum(len(nobody.get(part).content) for part in parts)
    assert weight < 100_000
    assert "://" not in shell.text, "nothing is fetched from elsewhere"


def test_guessed_expired_and_revoked_links_are_told_the_same(
    loop: Loop, house: Installation, phone: Callable[[str], TestClient]
) -> None:
    finding_id = loop.rectifying()
    revoked = delegating.make_link(loop.db, loop.city.mei, finding_id, TWO_HOURS)
    delegating.revoke(loop.db, loop.city.mei, revoked.delegation_id)
    expired = given_out(loop, finding_id)
    loop.at += TWO_HOURS
    uuid = new_uuid()
    answers = set()
    for token in (revoked.token, expired, "A" * 43, "", "厅\udcff".encode("utf-8", "replace").decode(), "x" * 5000):
        for method, path, more in (
            ("GET", "/link/finding", {}), ("GET", f"/link/photos/{uuid}/report", {}), ("POST", "/link/done", {}),
            ("PUT", f"/link/evidence/{uuid}", {"content": picture()}), ("DELETE", f"/link/evidence/{uuid}", {}),
        ):  # fmt: skip
            headers = {"X-Rounds-Link": token.encode()}
            response = phone("").request(method, path, headers=headers, **more)
            answers.add((response.status_code, response.text))
    assert answers == {(404, DEAD)}
    assert rectifying.answer_of(loop.db, loop.city.mei, finding_id).evidence == ()
    refused = phone("B" * 43).get("/link/finding")
    assert (refused.status_code, refused.json()["code"]) == (429, "signin.throttled"), "thirty were free"
    fresh = given_out(loop, finding_id)
    assert phone(fresh).get("/link/finding").status_code == 200, "who holds a link is let in whatever others tried"


def test_a_link_opens_no_other_finding_and_no_foreign_file(
    loop: Loop, house: Installation, sign_in_as: Browsers, phone: Callable[[str], TestClient]
) -> None:
    mine, other = loop.rectifying(), loop.rectifying(item="A02", clause_zh="地面清洁")
    hall, mei, uuid = phone(given_out(loop, mine)), sign_in_as(loop.city.mei), new_uuid()
    assert mei.put(f"/api/v1/findings/{other}/evidence/{uuid}", content=picture()).status_code == 200
    assert hall.get(f"/link/photos/{uuid}/report").status_code == 404
    assert hall.delete(f"/link/evidence/{uuid}").status_code == 404
    taken = hall.put(f"/link/evidence/{uuid}", content=picture())
    assert (taken.status_code, taken.json()["code"]) == (409, "photo.uuid_reused")
    branchs = new_uuid()
    assert mei.put(f"/api/v1/findings/{mine}/evidence/{branchs}", content=picture(3)).status_code == 200
    assert hall.delete(f"/link/evidence/{branchs}").status_code == 404, "the branch added it"
    for path in ("/", "/api/v1/bootstrap", f"/documents/evidence/{uuid}", f"/photos/evidence/{uuid}/report"):
        assert hall.get(path).status_code == 401
    objecting = hall.put(f"/link/evidence/{new_uuid()}", content=PDF, params={"subject": "objection"})
    assert objecting.status_code == 200
    with loop.db.read() as session:
        assert session.get_one(Evidence, objecting.json()["uuid"]).subject == "rectification"


def test_a_change_through_a_link_from_another_site_is_refused(
    loop: Loop, house: Installation, phone: Callable[[str], TestClient]
) -> None:
    hall = phone(given_out(loop, loop.rectifying()))
    for origin in ("https://evil.example", "null", ""):
        hall.headers["Origin"] = origin
        for method, path in (("PUT", "/link/answer"), ("POST", "/link/done"), ("PUT", f"/link/evidence/{new_uuid()}")):
            assert hall.request(method, path, content=b"{}").json()["code"] == "origin"


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"correction": "字" * 4001}, 422, "too_long"),
        ({"correction": "页" * 400_000}, 422, "too_long"),
        ({"correction": "a\0b"}, 422, "invalid"),
        ({"responsible": "长" * 61}, 422, "too_long"),
        ({"completed_on": "2026-02-30"}, 422, "invalid"),
        ({"completed_on": "2026-11-21"}, 422, "invalid"),
        ({"completed_on": "0000"}, 422, "invalid"),
        ({"state": "closed"}, 422, "invalid"),
        ({"submitted_at": "2026-11-20"}, 422, "invalid"),
        ({"correction": 7}, 422, "invalid"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    loop: Loop, house: Installation, phone: Callable[[str], TestClient], given: dict[str, str], status: int, code: str
) -> None:
    finding_id = loop.rectifying()
    hall = phone(given_out(loop, finding_id))
    assert put(hall, {"correction": "先写一句"}).status_code == 200
    seen = {"correction": "先写一句"}
    refused = put(hall, given, seen)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert rectifying.answer_of(loop.db, loop.city.mei, finding_id).values["correction"] == "先写一句"


def test_two_who_write_different_fields_both_keep_theirs_and_the_same_field_is_a_question(
    loop: Loop, house: Installation, phone: Callable[[str], TestClient]
) -> None:
    finding_id = loop.rectifying()
    hall, mei = phone(given_out(loop, finding_id)), loop.city.mei
    assert put(hall, {"correction": "厅里写的"}).status_code == 200
    rectifying.keep(loop.db, mei, finding_id, {"responsible": "梅芳"}, {"responsible": ""})
    assert put(hall, {"correction": "厅里又写"}, {"correction": "厅里写的"}).status_code == 200
    again = put(hall, {"correction": "厅里又写"}, {"correction": "厅里写的"})
    assert again.status_code == 200, "the answer to the first time was lost"
    rectifying.keep(loop.db, mei, finding_id, {"correction": "分公司写的"}, {"correction": "厅里又写"})
    rival = put(hall, {"correction": "厅里第三次"}, {"correction": "厅里又写"})
    assert (rival.status_code, rival.json()["code"]) == (409, "stale")
    values = rectifying.answer_of(loop.db, mei, finding_id).values
    assert (values["correction"], values["responsible"]) == ("分公司写的", "梅芳")


def test_before_the_branch_has_acknowledged_the_page_says_so(
    loop: Loop, house: Installation, phone: Callable[[str], TestClient]
) -> None:
    finding_id = loop.draft(clause_zh="门头完好")
    loop.issue()
    hall = phone(given_out(loop, finding_id))
    assert "分公司尚未签收" in hall.get("/link/finding").text
    assert put(hall, {"correction": "x"}).json()["code"] == "wrong_state"
    assert hall.post("/link/done").json()["code"] == "wrong_state"


def test_a_hand_over_counts_for_its_cycle_only_and_needs_something_written(
    loop: Loop, house: Installation, phone: Callable[[str], TestClient]
) -> None:
    finding_id = loop.rectifying()
    hall = phone(given_out(loop, finding_id))
    empty = hall.post("/link/done")
    assert (empty.status_code, empty.json()["code"]) == (422, "required")
    loop.write(loop.city.mei, finding_id)
    loop.prove(loop.city.mei, finding_id)
    assert hall.post("/link/done").status_code == 204
    loop.do(loop.city.mei, finding_id, "submit")
    loop.do(loop.city.wang, finding_id, "return", comment="不清楚", due_on=dt.date(2026, 12, 1))
    assert 'name="correction"' in hall.get("/link/finding").text, "a new cycle is written anew"


def test_the_token_is_kept_nowhere(loop: Loop, house: Installation, phone: Callable[[str], TestClient]) -> None:
    token = given_out(loop, loop.rectifying())
    assert put(phone(token), {"correction": "x"}).status_code == 200
    with unit_of_work(loop.db, None) as work:
        found = [*work.session.exec(select(Delegation)).all(), *work.session.exec(select(Event)).all()]
        rows = [str(row.model_dump()) for row in found]
    assert rows
    assert not any(token in row for row in rows)
    assert FRIDAY
