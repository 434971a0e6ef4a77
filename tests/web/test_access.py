"""Every route × every role × own, foreign, closed and missing things: who is answered, and what the others are told.

The table is complete: a route without a row fails, and so does a person who is told something else than their row says.
"""

from collections.abc import Callable, Iterator
from typing import Any

import anyio
import pytest
import time_machine
from starlette.routing import Match
from starlette.testclient import TestClient

from audit.services.installation import Installation
from audit.web.app import create
from audit.web.routes import RULES, rule_for
from tests.contesting import IN_SEASON
from tests.factories import City
from tests.field import DEVICE_AT
from tests.town import PUBLIC, SIGNED_IN, WITHOUT, Town, found_town

Row = tuple[str, str, str, dict[str, str]]
OK, REST = "", "*"  # answered; everybody else
NO, GONE, STATE, WHO = "forbidden", "not_found", "wrong_state", "unauthenticated"
FILE = "photo.unknown_format"  # let in, and then refused for what was sent

# fmt: off
EVERYBODY = {OK: REST}
NOWHERE = {GONE: REST}
TEAM = {OK: "lin zhao", GONE: "chen", NO: REST}
NO_TEAM = {GONE: "lin zhao chen", NO: REST}
ADMIN = {OK: "adam", NO: REST}
ORGANISER = {OK: "ou", NO: REST}
READERS = {GONE: "chen gu tan", NO: "adam ou ju", OK: REST}
NO_READERS = {NO: "adam ou ju", GONE: REST}
PAPER = {OK: "lin zhao wang fang luo mei deng", GONE: "chen gu", NO: REST}
FOREIGN_PAPER = {OK: "wang fang luo gu", GONE: "lin zhao chen mei deng", NO: REST}
NO_PAPER = {NO: "hu adam ou ju tan", GONE: REST}
CONTESTANT = {OK: "con", WHO: REST}
NOT_THEIRS = {GONE: "con", WHO: REST}
HOLDER = {OK: "holder", "delegation.link": REST}

# Whoever is not signed in is told so by each of these, whatever the row says.
SESSION: tuple[Row, ...] = (
    # method   path                                      sent               told to whom
    ("GET",    "/",                                      "",                EVERYBODY),
    ("GET",    "/home",                                  "",                EVERYBODY),
    ("GET",    "/_stcore/health",                        "",                EVERYBODY),
    ("GET",    "/api/openapi.json",                      "",                EVERYBODY),
    ("GET",    "/api/docs",                              "",                EVERYBODY),
    ("GET",    "/api/docs/start.js",                     "",                EVERYBODY),
    ("GET",    "/api/v1/bootstrap",                      "",                {OK: "lin zhao chen", NO: REST}),
    ("PUT",    "/api/v1/locale",                         "locale",          EVERYBODY),
    ("GET",    "/api/v1/assignments/{assignment}",       "",                TEAM),
    ("GET",    "/api/v1/assignments/{missing}",          "",                NO_TEAM),
    ("GET",    "/api/v1/visits/{visit}",                 "",                TEAM),
    ("GET",    "/api/v1/visits/{missing}",               "",                NO_TEAM),
    ("POST",   "/api/v1/visits/{visit}/submit",          "manifest",
     {OK: "lin", "visit.leader_only": "zhao", GONE: "chen", NO: REST}),
    ("POST",   "/api/v1/visits/{planned}/submit",        "manifest",
     {"visit.not_open": "lin", "visit.leader_only": "zhao", GONE: "chen", NO: REST}),
    ("POST",   "/api/v1/visits/{missing}/submit",        "manifest",        NO_TEAM),
    ("POST",   "/api/v1/visits/{visit}/recall",          "",
     {STATE: "lin", "visit.leader_only": "zhao", GONE: "chen", NO: REST}),
    ("POST",   "/api/v1/visits/{missing}/recall",        "",                NO_TEAM),
    ("PUT", "/api/v1/revisions/{nowhere}", "revision:visit", {"visit.not_open": "lin zhao", GONE: "chen", NO: REST}),
    ("PUT",    "/api/v1/revisions/{nowhere}",            "revision:planned",
     {OK: "lin", "revision.uuid_reused": "zhao", GONE: "chen", NO: REST}),
    ("PUT",    "/api/v1/revisions/{nowhere}",            "revision:missing", NO_TEAM),
    ("PUT",    "/api/v1/photos/{nowhere}?assignment_id={assignment}&visit_id={visit}", "bytes",
     {"visit.not_open": "lin zhao", GONE: "chen", NO: REST}),
    ("PUT",    "/api/v1/photos/{nowhere}?assignment_id={assignment}&visit_id={planned}", "bytes",
     {FILE: "lin zhao", GONE: "chen", NO: REST}),
    ("PUT",    "/api/v1/photos/{nowhere}?assignment_id={missing}", "bytes", NO_TEAM),
    ("POST",   "/api/v1/visits/{visit}/open",            "", {"visit.not_open": "lin zhao", GONE: "chen", NO: REST}),
    ("POST",   "/api/v1/visits/{planned}/open",          "",                TEAM),
    ("POST",   "/api/v1/visits/{missing}/open",          "",                NO_TEAM),
    ("PUT",    "/api/v1/findings/{finding}/evidence/{nowhere}", "bytes",    {FILE: "mei hu", GONE: "gu tan", NO: REST}),
    ("PUT",    "/api/v1/findings/{closed}/evidence/{nowhere}", "bytes", {STATE: "mei", GONE: "hu gu tan", NO: REST}),
    ("PUT",    "/api/v1/findings/{draft}/evidence/{nowhere}", "bytes",      {GONE: "mei hu gu tan", NO: REST}),
    ("PUT",    "/api/v1/findings/{elsewhere}/evidence/{nowhere}", "bytes",  {FILE: "gu", GONE: "mei hu tan", NO: REST}),
    ("PUT",    "/api/v1/findings/{missing}/evidence/{nowhere}", "bytes",    {GONE: "mei hu gu tan", NO: REST}),
    ("DELETE", "/api/v1/evidence/{spare_proof}",         "",                {OK: "gu", GONE: "mei hu tan", NO: REST}),
    ("DELETE", "/api/v1/evidence/{closed_proof}",        "", {STATE: "mei", GONE: "hu gu tan", NO: REST}),
    ("DELETE", "/api/v1/evidence/{nowhere}",             "",                NOWHERE),
    ("PUT", "/api/v1/answers", "answer:finding", {"stale": "mei hu", GONE: "gu tan", NO: REST}),
    ("PUT", "/api/v1/answers", "answer:closed", {"stale": "mei", GONE: "hu gu tan", NO: REST}),
    ("PUT",    "/api/v1/answers",                        "answer:draft",    {GONE: "mei hu gu tan", NO: REST}),
    ("PUT", "/api/v1/answers", "answer:elsewhere", {"stale": "gu", GONE: "mei hu tan", NO: REST}),
    ("PUT",    "/api/v1/answers",                        "answer:missing",  {GONE: "mei hu gu tan", NO: REST}),
    ("GET",    "/photos/reference/{reference}",          "",                EVERYBODY),
    ("GET",    "/photos/reference/{nowhere}",            "",                NOWHERE),
    ("GET",    "/photos/evidence/{photo_proof}/report",  "",                READERS),
    ("GET",    "/photos/evidence/{photo_proof}/original", "",               NOWHERE),
    ("GET",    "/photos/evidence/{nowhere}/report",      "",                NOWHERE),
    ("GET",    "/photos/{photo}/report",                 "",                READERS),
    ("GET",    "/photos/{photo}/original",               "",                {OK: "wang fang", NO: REST}),
    ("GET",    "/photos/{nowhere}/report",               "",                NO_READERS),
    ("GET",    "/documents/checklists/{checklist}.yaml", "",                EVERYBODY),
    ("GET",    "/documents/checklists/{missing}.yaml",   "",                NOWHERE),
    ("GET",    "/documents/workbooks/templates/city.xlsx", "",              ADMIN),
    ("GET",    "/documents/workbooks/templates/accounts.xlsx", "",          ADMIN),
    ("GET",    "/documents/workbooks/templates/contestants.xlsx", "",       ORGANISER),
    ("GET",    "/documents/workbooks/templates/skills.xlsx", "",            {OK: "mei gu ou ju", NO: REST}),
    ("GET",    "/documents/workbooks/templates/questions.xlsx", "",         ORGANISER),
    ("GET",    "/documents/workbooks/templates/none.xlsx", "",              NOWHERE),
    ("GET",    "/documents/workbooks/city.xlsx",         "",                ADMIN),
    ("GET",    "/documents/workbooks/register.xlsx",     "",                {NO: "adam ou ju", OK: REST}),
    ("GET",    "/documents/workbooks/scoreboard/{season}.xlsx", "",         ORGANISER),
    ("GET",    "/documents/workbooks/scoreboard/{missing}.xlsx", "",        {GONE: "ou", NO: REST}),
    ("GET",    "/documents/workbooks/questions.xlsx",    "",                ORGANISER),
    ("GET",    "/documents/workbooks/questions.gift",    "",                ORGANISER),
    ("GET",    "/documents/workbooks/once/{ticket}",     "",                {OK: "wang", GONE: REST}),
    ("GET",    "/documents/workbooks/once/{ticket}",     "",                NOWHERE),  # a second time
    ("GET",    "/documents/evidence/{paper_proof}",      "",                READERS),
    ("GET",    "/documents/evidence/{foreign_proof}",    "",
     {OK: "wang fang luo gu", NO: "adam ou ju", GONE: REST}),
    ("GET",    "/documents/evidence/{photo_proof}",      "",                {NO: "adam ou ju", GONE: REST}),
    ("GET",    "/documents/evidence/{nowhere}",          "",                NOWHERE),
    ("GET",    "/documents/rounds/{round}.zip",          "", {GONE: "chen", NO: "hu adam ou ju tan", OK: REST}),
    ("GET",    "/documents/rounds/{missing}.zip",        "",                NO_PAPER),
    ("GET",    "/documents/contest/{season}/{board}",    "",                ORGANISER),
    ("GET",    "/documents/contest/{season}/{notice}",   "",                {GONE: "ou", NO: REST}),
    ("GET",    "/documents/contest/{missing}/{board}",   "",                {GONE: "ou", NO: REST}),
    *(("GET",  f"/documents/slips/{{season}}/{{{batch}}}{kind}", "",        told)
        for kind in (".csv", ".xlsx", "/{sheets}.pdf")
        for batch, told in (("slips", ORGANISER), ("missing", {GONE: "ou", NO: REST}))),
    ("GET",    "/documents/slips/{season}/{slips}/{missing}.pdf", "",       {GONE: "ou", NO: REST}),
    ("GET",    "/documents/{notice}",                    "",                PAPER),
    ("GET",    "/documents/{foreign_notice}",            "",                FOREIGN_PAPER),
    ("GET",    "/documents/{report_draft}",              "",
     {OK: "lin zhao wang fang luo", GONE: "chen deng", NO: REST}),
    ("GET",    "/documents/{board}",                     "",                NO_PAPER),
    ("GET",    "/documents/{missing}",                   "",                NO_PAPER),
    ("GET",    "/documents/{notice}/pages/1",            "",                PAPER),
    ("GET",    "/documents/{foreign_notice}/pages/1",    "",                FOREIGN_PAPER),
    ("GET",    "/documents/{missing}/pages/1",           "",                NO_PAPER),
    ("POST",   "/signout",                               "",                EVERYBODY),  # the last one, of course
)
OPEN: tuple[Row, ...] = (
    # method   path                                      sent               told to whom
    *(("GET",  path,                                     "",                EVERYBODY) for path in (
        "/signin", "/health", "/assets/pages.css", "/assets/verify.js", "/assets/link.js", "/assets/link.css",
        "/assets/contest.css", "/assets/contest-screen.css", "/assets/contest.js", "/assets/icon.svg", "/verify",
        "/verify/1号", "/link", "/tablet", "/tablet/", "/tablet/sw.js", "/tablet/tokens.css", "/tablet/icon.svg",
        "/tablet/strings/en.json", "/tablet/main.js", "/contest", "/contest/", "/contest/signin",
        "/contest/signin/code", "/contest/board", "/contest/recount", "/contest/rules", "/contest/cases",
        "/contest/vote", "/contest/vote/code", "/contest/vote/contestants/{candidate}",
        "/contest/vote/contestants/{candidate}/card", "/contest/vote/contestants/{candidate}/card.jpg",
        "/contest/ballots", "/contest/cases/{published_case}", "/contest/quiz/{mine}/answers/0",
        "/contest/quiz/{mine}/finish")),
    *(("GET",  path,                                     "",                NOWHERE) for path in (
        "/auth/start", "/auth/callback", "/certificate", "/certificate/rounds.crt", "/tablet/lib/none.js",
        "/contest/recount/none.json.gz",
        "/contest/pictures/none", "/contest/vote/pictures/none", "/contest/vote/contestants/none",
        "/contest/vote/contestants/none/card", "/contest/vote/contestants/none/card.jpg",
        "/contest/vote/receipts/none", "/contest/cases/{hidden_case}", "/contest/cases/{missing}")),
    ("GET",    "/verify/none",                           "",                {"404": REST}),
    ("GET",    "/contest/vote/check",                    "",                {"422": REST}),
    ("POST",   "/contest/signin",                        "form",            {"422": REST}),
    ("POST",   "/contest/signin/code",                   "form",            {"422": REST}),
    ("POST",   "/contest/vote/code",                     "form",            {"vote.names": REST}),
    ("POST",   "/contest/vote",                          "form",            {"code.wrong": REST}),
    ("POST",   "/contest/vote",                          "employee",        {"vote.names": "con", WHO: REST}),
    ("GET",    "/contest/cases/{case}",                  "",                {OK: "con", GONE: REST}),
    ("GET",    "/contest/cases/{closed_case}",           "",                {OK: "con", GONE: REST}),
    ("GET",    "/contest/cases/new",                     "",                CONTESTANT),
    ("POST",   "/contest/cases/new",                     "case",            {"409": "con", WHO: REST}),  # not yet open
    ("GET",    "/contest/cases/{case}/edit",             "",                CONTESTANT),
    *(("GET",  f"/contest/cases/{{{case}}}/edit",        "",                NOT_THEIRS) for case in (
        "hidden_case", "published_case", "missing")),
    *(("POST", f"/contest/cases/{{{case}}}/edit",        "case",            {"409": "con", WHO: REST}) for case in (
        "case", "closed_case")),
    *(("POST", f"/contest/cases/{{{case}}}/photos/remove", "form",          {"season.not_open": "con", WHO: REST})
        for case in ("case", "closed_case")),
    *(("POST", f"/contest/cases/{{{case}}}/{act}",       "case",            NOT_THEIRS) for act in (
        "edit", "photos/remove") for case in ("hidden_case", "published_case", "missing")),
    *(("POST", f"/contest/cases/{{{case}}}/comments",    "case",            NOT_THEIRS) for case in (
        "hidden_case", "missing")),
    ("POST",   "/contest/cases/{published_case}/comments", "case",          CONTESTANT),
    *(("GET",  path,                                     "",                CONTESTANT) for path in (
        "/contest/score", "/contest/quiz", "/contest/quiz/wrong", "/contest/quiz/{mine}")),
    *(("GET",  path,                                     "",                NOT_THEIRS) for path in (
        "/contest/quiz/{theirs}", "/contest/quiz/{missing}", "/contest/quiz/pictures/none")),
    ("POST",   "/contest/quiz/{mine}/answers/0",         "form",            {"invalid": "con", WHO: REST}),
    ("POST",   "/contest/quiz/{theirs}/answers/0",       "form",            NOT_THEIRS),
    ("POST",   "/contest/quiz/{missing}/answers/0",      "form",            NOT_THEIRS),
    ("POST",   "/contest/quiz/{mine}/finish",            "form",            CONTESTANT),
    ("POST",   "/contest/quiz/{theirs}/finish",          "form",            NOT_THEIRS),
    ("POST",   "/contest/quiz/{missing}/finish",         "form",            NOT_THEIRS),
    ("POST",   "/contest/quiz",                          "",                CONTESTANT),
    ("POST",   "/contest/signout",                       "",                EVERYBODY),
)
FEW: tuple[Row, ...] = (  # an address is soon held up there
    ("POST",   "/signin",                                "form",            {"401": REST}),
    ("GET",    "/link/finding",                          "",                HOLDER),
    ("PUT",    "/link/answer",                           "written",         HOLDER),
    ("PUT",    "/link/evidence/{nowhere}",               "bytes",           {FILE: "holder", "delegation.link": REST}),
    ("GET",    "/link/photos/{photo_proof}/report",      "",                HOLDER),
    ("GET",    "/link/photos/{photo}/report",            "",                {GONE: "holder", "delegation.link": REST}),
    ("DELETE", "/link/evidence/{photo_proof}",           "",                {GONE: "holder", "delegation.link": REST}),
    ("POST",   "/link/comments",                         "comment",         HOLDER),
    ("POST",   "/link/done",                             "",                HOLDER),
    ("DELETE", "/link/done",                             "",                HOLDER),
)
# fmt: on
TABLE = (  # who are asked, and what
    ((*SIGNED_IN, *WITHOUT), SESSION),
    (PUBLIC, OPEN),
    (("adam", "nobody", "holder"), FEW),
)


def sent(town: Town, what: str) -> dict[str, Any]:
    """The body of a request: a right one where it shall be kept, and one that comes to nothing elsewhere."""
    kind, _, which = what.partition(":")
    number = town.things.get(which)
    revision = {
        "assignment_id": town.things["assignment"], "visit_id": number, "subject": "item:A01", "bases": [],
        "body": {"rating": "pass"}, "device_at": DEVICE_AT.isoformat(),
    }  # fmt: skip
    bodies: dict[str, dict[str, Any]] = {
        "": {},
        "locale": {"json": {"locale": "zh_CN"}},
        "manifest": {"json": {"manifest": {"revisions": [], "photos": []}}},
        "revision": {"json": revision},
        "bytes": {"content": b"x"},
        "answer": {"json": {"findings": [number], "given": {"correction": "改"}, "seen": {"correction": ["别人写的"]}}},
        "written": {"json": {"given": {"correction": "已修"}, "seen": {}}},
        "comment": {"json": {"name": "胡堃", "text": "等配件"}},
        "form": {"data": {"name": "lin", "password": "wrong", "choice": "A", "sure": "1"}},
        "employee": {"data": {"way": "employee"}},
        "case": {"data": {"title": "题", "text": "文", "version": "1", "kind": "case"}},
    }
    return bodies[kind]


@pytest.fixture
def town(city: City, house: Installation, sign_in_as: Callable[..., TestClient]) -> Iterator[Town]:
    """One town for the whole table."""
    with time_machine.travel(IN_SEASON, tick=False):
        yield found_town(city, house, sign_in_as)


async def asked(town: Town) -> dict[tuple[str, ...], str]:
    """What is not as the table says. On PostgreSQL those are asked in whose case the database decides by
    scope; who has a role is no matter of it.
    """
    some = (*SIGNED_IN, *WITHOUT, "holder") if town.city.db.is_sqlite else ("lin", "chen", "mei", "gu", "con", "holder")
    wrong = {}
    for people, rows in TABLE:
        for method, path, what, told in rows:
            for name in (one for one in people if one in some):
                expected = WHO if rows is SESSION and name in WITHOUT else told_to(told, name)
                code = await town.ask(name, method, path, **sent(town, what))
                if code != expected:
                    wrong[method, path, what, name] = f"{code!r}, and not {expected!r}"
    return wrong


def test_everybody_is_told_what_the_table_says(town: Town) -> None:
    assert anyio.run(asked, town) == {}


def told_to(told: dict[str, str], name: str) -> str:
    """The code with the name, or that of all the others."""
    by_name = {one: code for code, names in told.items() for one in names.split()}
    return by_name.get(name, by_name.get(REST, "nobody thought of them"))


def _routes(route: Any) -> list[Any]:
    included = getattr(route, "original_router", None)
    return [one for inner in included.routes for one in _routes(inner)] if included else [route]


def test_every_route_and_every_rule_has_a_row() -> None:
    routes = [one for route in create().routes for one in _routes(route)]
    rows = [(method, path.partition("?")[0]) for _, table in TABLE for method, path, _, _ in table]
    met = set()
    for method, path in rows:
        scope = {"type": "http", "method": method, "path": path.replace("{", "").replace("}", "")}
        met |= {f"{method} {one.path}" for one in routes if one.matches(scope)[0] is Match.FULL}
    assert {f"{method} {one.path}" for one in routes for method in one.methods - {"HEAD"}} - met == set()
    assert {rule_for(path).prefix for _, path in rows} == {rule.prefix for rule in RULES}
