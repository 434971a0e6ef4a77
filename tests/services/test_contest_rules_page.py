"""The readable rules leave nothing out: each field and each figure of the code is changed, and the page changes."""

import dataclasses
import datetime as dt
import importlib
import json
import pkgutil
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from sqlmodel import select
from starlette.testclient import TestClient

from audit.db.models import Season
from audit.domain import contest as domain
from audit.domain.contest import anomalies, scores
from audit.domain.contest.rules import LEGS, Rules, default_rules
from audit.i18n import LOCALES
from audit.services.contest import codes, contributions, rules_page, seasons, tokens
from audit.services.contest.sign_in import ContestantSession
from tests.contesting import Contest, found_contest
from tests.factories import City
from tests.hands import refusal
from tests.services.test_contest_contributions import CASES_OPEN

# Fields without words, with the reason.
SILENT = {
    r"stages\.\d\.code": "names the stage for programs",
}
ONE_LANGUAGE = {"zh": "zh_CN", "en": "en"}


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every field of the rules that holds a value, with its path."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from leaves(getattr(value, field.name), f"{path}.{field.name}".lstrip("."))
    elif isinstance(value, tuple) and value and dataclasses.is_dataclass(value[0]):
        for place, part in enumerate(value):
            yield from leaves(part, f"{path}.{place}")
    else:
        yield path, value


def other(path: str, value: Any) -> Any:
    """A value that the field does not have."""
    if path == "votes.published":
        return "daily" if value == "closed" else "closed"
    if path.endswith(".opens"):
        return tuple(leg for leg in LEGS if leg not in value)
    if isinstance(value, tuple):
        return tuple(reversed(value))
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 7
    return value + dt.timedelta(days=3) if isinstance(value, dt.date) else f"{value}外"


def changed(rules: Any, path: str, value: Any) -> Any:
    """The rules with one field changed, whether or not they hold together."""
    name, _, rest = path.partition(".")
    if isinstance(rules, tuple):
        place = int(name)
        return (*rules[:place], changed(rules[place], rest, value), *rules[place + 1 :])
    return replace(rules, **{name: changed(getattr(rules, name), rest, value) if rest else value})


def page(rules: Rules, locale: str) -> list[str]:
    return [line for chapter in rules_page.chapters(rules, locale) for line in chapter.lines]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("path", [path for path, _ in leaves(default_rules())])
def test_every_field_of_the_rules_has_its_words(path: str, locale: str) -> None:
    rules = default_rules()
    before = dict(leaves(rules))[path]
    told = page(changed(rules, path, other(path, before)), locale) != page(rules, locale)
    silent = any(re.fullmatch(one, path) for one in SILENT)
    silent = silent or ONE_LANGUAGE.get(path.rsplit(".", 1)[-1], locale) != locale
    assert told is not silent, path


# fmt: off
FIGURES = [  # of the code
    (scores, "FULL"), (anomalies, "V4_BITS"), (anomalies, "V6_BITS"),
    (tokens, "DAYS"), (codes, "CODE_MINUTES"), (codes, "CODE_TRIES"),
]
NO_RULES = {
    "POINT": "a unit", "WEEK": "a unit", "SEEDS": "any number will do",
    "RECEIPT_LENGTH": "how a receipt looks",
    "ENOUGH": "advice on questions", "TOO_EASY": "advice on questions", "TOO_HARD": "advice on questions",
    "TOO_WEAK": "advice on questions",
}
# fmt: on


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(("module", "name"), FIGURES, ids=[name for _, name in FIGURES])
def test_every_figure_of_the_code_that_decides_over_a_score_or_a_ballot_has_its_words(
    module: Any, name: str, locale: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = page(default_rules(), locale)
    monkeypatch.setattr(module, name, getattr(module, name) + 12)
    assert page(default_rules(), locale) != before


def test_no_figure_of_the_domain_is_forgotten() -> None:
    modules = [
        importlib.import_module(f"{domain.__name__}.{one.name}") for one in pkgutil.iter_modules(domain.__path__)
    ]
    found = {
        name
        for module in modules
        for name, value in vars(module).items()
        if name.isupper() and not name.startswith("_") and type(value) in (int, float)
    }
    assert found - {name for _, name in FIGURES} - NO_RULES.keys() == set()


@pytest.mark.parametrize("locale", LOCALES)
def test_times_are_said_in_the_unit_that_fits(locale: str) -> None:
    told = [rules_page.span(seconds, locale).split()[0] for seconds in (604_800, 7_200, 600, 61)]
    assert told == ["7", "2", "10", "61"]


def test_a_season_that_was_stored_before_a_figure_became_a_rule_keeps_what_it_had(city: City) -> None:
    """Its rules lack the field: the limit is the one of before, until they are amended."""
    with time_machine.travel(CASES_OPEN, tick=False):
        contest = found_contest(city)
        me = ContestantSession(contest.ids[0], contest.season_id, "")
        with city.db.write() as session:
            row = session.exec(select(Season)).one()
            row.rules = json.loads(json.dumps(row.rules))
            assert row.rules["bonus"].pop("most_a_day") == 5
            session.add(row)
        for number in range(5):
            contributions.submit(city.db, me, "idea", f"题{number}", "文")
        assert refusal(lambda: contributions.submit(city.db, me, "idea", "题", "文")).params == {"limit": 5}
        told = contest.rules.to_json()
        told["bonus"]["most_a_day"] = 7
        seasons.amend_rules(city.db, contest.ou, contest.season_id, 2, told, "开放投稿")
        contributions.submit(city.db, me, "idea", "题", "文")
    assert Rules.from_json(told).bonus.most_a_day == 7


@pytest.mark.parametrize("most", [0, -1, 1001])
def test_a_limit_that_cannot_be_is_refused(most: int) -> None:
    told = default_rules().to_json()
    told["bonus"]["most_a_day"] = most
    error = refusal(lambda: Rules.from_json(told))
    assert (error.code, error.params) == ("season.rules", {"field": "bonus.most_a_day"})


def test_everybody_reads_them_on_a_light_page(city: City, sign_in_as: Callable[..., TestClient]) -> None:
    with time_machine.travel(CASES_OPEN, tick=False):
        contest: Contest = found_contest(city)
        for locale in LOCALES:
            told = sign_in_as(None).get("/contest/rules", params={"lang": locale})
            assert told.status_code == 200
            assert len(told.content) < 20_000
            plain = told.text.replace("&#39;", "'").replace("&gt;", ">")
            for line in page(contest.rules, locale):
                assert line in plain, line
