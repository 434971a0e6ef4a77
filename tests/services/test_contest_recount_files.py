"""The recount file is published with the closed result: once, for everybody, and never beside another board."""

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import text
from sqlmodel import select
from starlette.testclient import TestClient

from audit.__main__ import main
from audit.db.models import Document, Season
from audit.domain.contest.record import pseudonym
from audit.services.contest import own_score, recount_files, results, seasons, sign_in
from audit.services.contest.sign_in import ContestantSession
from audit.services.installation import Installation
from audit.services.proof import issued
from audit.web import contest_board
from tests.contesting import DAY, IN_SEASON, Contest, attempt, contribute, found_contest, vote
from tests.factories import City
from tests.hands import refusal

Browsers = Callable[..., TestClient]


@pytest.fixture
def contest(city: City, monkeypatch: pytest.MonkeyPatch) -> Iterator[Contest]:
    """A frozen season; five have points of all kinds."""
    monkeypatch.setattr(contest_board, "FRESH_SECONDS", 0.0)
    with time_machine.travel(IN_SEASON, tick=False):
        made = found_contest(city)
        for place, id_ in enumerate(made.ids[:5]):
            contribute(made, id_, "idea", 500 - 50 * place)
            attempt(made, id_, [900 - place] * 10, DAY)
        vote(made, made.ids[:2])
        step(made, "freeze")
        yield made


def step(contest: Contest, *actions: str) -> None:
    for action in actions:
        version = seasons.get_season(contest.db, contest.ou, contest.season_id).version
        seasons.move_season(contest.db, contest.ou, contest.season_id, version, action, "复核")


def season_of(contest: Contest) -> Season:
    with contest.db.read() as session:
        return session.get_one(Season, contest.season_id)


def files(contest: Contest) -> list[recount_files.Published]:
    with contest.db.read() as session:
        return recount_files.published(session, session.get_one(Season, contest.season_id))


def downloaded(browser: TestClient, file: recount_files.Published) -> bytes:
    answer = browser.get(f"/contest/recount/{file.sha256}.json.gz")
    assert answer.status_code == 200
    assert f'filename="{file.filename}"' in answer.headers["content-disposition"]
    return answer.content


# -- what is published


def test_the_clock_publishes_it_once_and_everybody_recounts_what_they_download(
    contest: Contest, house: Installation, sign_in_as: Browsers, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert recount_files.publish_due(house) == 0, "the season is not closed"
    step(contest, "close")
    assert [recount_files.publish_due(house) for _ in range(2)] == [1, 0]
    (file,) = files(contest)
    content = downloaded(sign_in_as(None), file)
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (file.sha256, file.size)
    for name in (file.filename, "renamed.json"):  # as browsers keep it
        (tmp_path / name).write_bytes(content)
        assert main(["recount", str(tmp_path / name)]) == 0
        assert file.result_sha256 in capsys.readouterr().out
    (tmp_path / "unpacked.gz").write_bytes(gzip.decompress(content))
    assert main(["recount", str(tmp_path / "unpacked.gz")]) == 0


# fmt: off
CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a vote":    lambda data: data["inputs"]["ballots"].append(data["inputs"]["ballots"][0]),
    "a score":   lambda data: data["inputs"]["contestants"][0]["bonus"].append(1),
    "an answer": lambda data: next(o for o in data["inputs"]["contestants"] if o["attempts"])["attempts"][0][3].pop(),
    "the rules": lambda data: data["rules"]["votes"].update(percentile=96),
    "the season":  lambda data: data.update(season="2025"),
    "the version": lambda data: data.update(rules_version=data["rules_version"] + 1),
    "a place":   lambda data: data["result"]["standings"][0].update(place=2),
}
# fmt: on


def test_any_one_change_of_the_published_file_is_named_and_its_printed_hash_cannot_be_had_for_another(
    contest: Contest, house: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    step(contest, "close")
    recount_files.publish_due(house)
    (file,) = files(contest)
    content = gzip.decompress(house.documents.read(file.sha256))
    for what, change in CHANGES.items():
        data = json.loads(content)
        change(data)
        (tmp_path / "changed.json").write_text(json.dumps(data), "utf-8")
        assert main(["recount", str(tmp_path / "changed.json")]) == 1, what
        told = capsys.readouterr()
        assert told.err.startswith("different: "), what
        assert file.result_sha256 not in told.out, what


def test_board_verification_and_page_name_the_hash_once_there_is_a_file(
    contest: Contest, house: Installation, sign_in_as: Browsers
) -> None:
    step(contest, "close")
    browser = sign_in_as(None)
    assert "/contest/recount" not in browser.get("/contest/board").text
    assert "when the season is closed" in browser.get("/contest/recount?lang=en").text
    recount_files.publish_due(house)
    (file,) = files(contest)
    for locale, words in (("en", "Hash of the result"), ("zh_CN", "结果哈希")):
        for address in ("/contest/board", "/contest/board?view=league", "/contest/recount", f"/verify/{file.number}"):
            page = browser.get(address, params={"lang": locale, **({"view": "league"} if "league" in address else {})})
            assert (page.status_code, words in page.text, file.result_sha256 in page.text) == (200, True, True), address
    assert file.sha256 in browser.get("/contest/recount").text
    assert issued(contest.db, file.sha256, "10.0.0.1")[0].kind == "recount"
    assert browser.get(f"/contest/recount/{'0' * 64}.json.gz").status_code == 404


def test_no_other_document_can_be_had_where_recount_files_are(
    contest: Contest, house: Installation, sign_in_as: Browsers
) -> None:
    sha256 = house.documents.put_bytes(b"a report")
    with contest.db.write() as session:
        session.add(
            Document(
                kind="visit_report", number="1", filename="x.pdf", media_type="application/pdf", sha256=sha256, size=8,
                account_id=contest.ou.account_id, created_at=IN_SEASON, issued_at=IN_SEASON,
            )
        )  # fmt: skip
    assert sign_in_as(None).get(f"/contest/recount/{sha256}.json.gz").status_code == 404


# -- each contestant's own sign


def test_each_contestant_learns_the_own_sign_in_the_file_and_nobody_else_s(
    contest: Contest, house: Installation, sign_in_as: Browsers
) -> None:
    me = contest.ids[0]
    browser = sign_in_as(None)
    browser.cookies.set("rounds-contest", sign_in.open_session(contest.db, me, "10.0.0.1"))
    signs = {id_: pseudonym(season_of(contest).salt, id_) for id_ in contest.ids}
    assert not any(sign in browser.get("/contest/score").text for sign in signs.values()), "there is no file yet"
    step(contest, "close")
    recount_files.publish_due(house)
    told = browser.get("/contest/score", params={"lang": "en"}).text
    assert [id_ for id_, sign in signs.items() if sign in told] == [me]
    (file,) = files(contest)
    content = gzip.decompress(house.documents.read(file.sha256)).decode()
    assert all(sign in content for sign in signs.values())
    assert season_of(contest).salt not in content
    explained = own_score.explain(contest.db, ContestantSession(me, contest.season_id, ""))
    (line,) = [one for one in json.loads(content)["result"]["standings"] if one["key"] == signs[me]]
    assert explained is not None
    assert (explained.total, explained.place) == (line["total"], line["place"])
    for address in ("/contest/board", "/contest/recount", "/contest/score"):
        anybody = sign_in_as(None).get(address).text
        assert not any(sign in anybody for sign in signs.values()), address


# -- a board that the rows do not tell


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        ("UPDATE contribution SET points = 0 WHERE contestant_id = {id}", "result.lines.E0004.bonus"),
        (
            "UPDATE quiz_answer SET points = 0"
            " WHERE attempt_id IN (SELECT id FROM quiz_attempt WHERE contestant_id = {id})",
            "result.lines.E0004.quiz",
        ),
    ],
)
def test_a_file_that_tells_another_result_than_the_board_is_not_published_nor_are_its_documents(
    contest: Contest, house: Installation, damage: str, named: str
) -> None:
    step(contest, "close")
    with contest.db.write() as session:  # past all services, which count nothing in a closed season
        session.execute(text(damage.format(id=contest.ids[4])))
    for act in (
        lambda: recount_files.make(house, contest.ou, contest.season_id),
        lambda: results.make(house, contest.ou, contest.season_id, "scoreboard", "zh"),
    ):
        error = refusal(act)
        assert error.code == "recount.differs"
        assert error.params["difference"].startswith(named)
    assert recount_files.publish_due(house) == 0, "and the clock goes on"
    assert files(contest) == []
    with contest.db.read() as session:
        assert session.exec(select(Document)).all() == []


# -- a result that is corrected


def test_a_corrected_result_has_another_file_and_the_old_one_stays_and_says_so(
    contest: Contest, house: Installation, sign_in_as: Browsers, tmp_path: Path
) -> None:
    step(contest, "close")
    recount_files.publish_due(house)
    (first,) = files(contest)
    browser = sign_in_as(None)
    step(contest, "reopen")
    assert recount_files.publish_due(house) == 0
    assert first.result_sha256 not in browser.get("/contest/board").text, "the board is no final one"
    assert not files(contest)[0].superseded_by, "until there is another result"
    contribute(contest, contest.ids[8], "idea", 600)
    step(contest, "close")
    assert first.result_sha256 not in browser.get("/contest/board").text
    recount_files.publish_due(house)
    second, old = files(contest)
    assert (second.number, old.number, old.superseded_by) == ("SA-2026-R2", "SA-2026-R", "SA-2026-R2")
    assert len({first.result_sha256, second.result_sha256, first.sha256, second.sha256}) == 4
    page = browser.get("/contest/recount", params={"lang": "en"}).text
    assert "Superseded by SA-2026-R2" in page
    assert page.index(second.sha256) < page.index(old.sha256)
    assert "no longer in force" in browser.get("/verify/SA-2026-R", params={"lang": "en"}).text
    for file in (old, second):
        (tmp_path / file.filename).write_bytes(downloaded(browser, file))
        assert main(["recount", str(tmp_path / file.filename)]) == 0
    board = browser.get("/contest/board").text
    assert (second.result_sha256 in board, old.result_sha256 in board) == (True, False)
