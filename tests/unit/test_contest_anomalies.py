"""Which ballots are held back, and what voters may type."""

import datetime as dt

import pytest

from audit.domain.contest.anomalies import FLOODS, Share, Suspicion, concentrated, subnet, suspicion, too_many
from audit.domain.contest.rules import AnomalyRules, Limit, Rules, ShareLimit, default_rules
from audit.domain.contest.verification import mobile, new_receipt, spaced, typed_receipt
from tests.hands import refusal

NOW = dt.datetime(2026, 10, 6, 2, 0, tzinfo=dt.UTC)
RULES = AnomalyRules(device=Limit(3, 60), network=Limit(10, 60), burst=Limit(20, 30))


@pytest.mark.parametrize(
    ("ballots", "of", "held"),
    [(15, 15, False), (16, 16, True), (16, 31, True), (16, 32, False), (200, 400, False), (201, 400, True)],
)
def test_too_many_for_one_name_are_those_that_are_most_of_what_has_it_in_common(
    ballots: int, of: int, held: bool
) -> None:
    assert concentrated(ShareLimit(15, 60, 50), Share(ballots, of)) is held


def ago(seconds: float) -> dt.datetime:
    return NOW - dt.timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("earlier", "held"), [(None, False), (ago(59.9), True), (ago(60), False), (ago(3600), False), (NOW, True)]
)
def test_one_more_than_the_limit_within_the_time_is_too_many(earlier: dt.datetime | None, held: bool) -> None:
    assert too_many(Limit(3, 60), earlier, NOW) is held


def test_the_narrowest_signal_names_the_reason_with_its_figures() -> None:
    assert suspicion(RULES, {}, NOW) is None
    assert suspicion(RULES, {"device": None, "network": ago(61), "burst": ago(31)}, NOW) is None
    assert suspicion(RULES, {"burst": ago(29.5)}, NOW) == Suspicion("burst", 21, 30)
    assert suspicion(RULES, {"network": ago(10), "burst": ago(1)}, NOW) == Suspicion("network", 11, 10)
    assert suspicion(RULES, {"device": NOW, "network": NOW, "burst": NOW}, NOW) == Suspicion("device", 4, 1)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("10.1.2.3", "10.1.2.0/24"),
        ("::ffff:10.1.2.3", "10.1.2.0/24"),
        ("2001:db8:1:22ff::7", "2001:db8:1:2200::/56"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_a_subnet_is_what_a_household_or_a_rented_server_has(address: str, expected: str) -> None:
    assert subnet(address) == expected


@pytest.mark.parametrize(
    "told", ["13900001001", " 139 0000-1001 ", "+86 13900001001", "８６１３９００００１００１", "(139)00001001"]
)
def test_a_mobile_number_is_the_same_however_it_is_typed(told: str) -> None:
    assert mobile(told) == "13900001001"


@pytest.mark.parametrize(
    ("told", "code"),
    [("", "required"), ("  ", "required"), ("1390000100", "invalid"), ("12900001001", "invalid"), ("x" * 11, "invalid"),
     ("139000010011", "invalid"), ("١٣٩٠٠٠٠١٠٠١", "invalid"), ("13900001001;", "invalid")],
)  # fmt: skip
def test_what_is_no_mobile_number_is_refused(told: str, code: str) -> None:
    assert refusal(lambda: mobile(told)).code == code


def test_a_receipt_is_found_as_people_type_it() -> None:
    receipt = new_receipt()
    assert typed_receipt(receipt) == typed_receipt(f" {spaced(receipt).lower()} ") == receipt
    assert [typed_receipt(told) for told in ("", receipt[:-1], receipt + "2", "O" * 12, "<b>" * 4)] == [""] * 5
    assert len({new_receipt() for _ in range(1000)}) == 1000


def test_thresholds_and_publishing_are_data_of_the_season() -> None:
    told = default_rules().to_json()
    assert told["votes"]["anomalies"]["network"] == {"ballots": 600, "seconds": 600}
    told["votes"]["anomalies"]["device"] = {"ballots": 2, "seconds": 60}
    told["votes"]["published"] = "daily"
    rules = Rules.from_json(told).votes
    assert (rules.anomalies.device, rules.published) == (Limit(2, 60), "daily")
    for field, value in (("published", "now"), ("anomalies", {"burst": {"ballots": 0, "seconds": 1}})):
        wrong = {**told, "votes": {**told["votes"], field: value}}
        assert refusal(lambda wrong=wrong: Rules.from_json(wrong)).code == "season.rules"


def test_rules_that_were_kept_before_there_were_thresholds_are_read_with_the_usual_ones() -> None:
    told = default_rules().to_json()
    del told["votes"]["anomalies"], told["votes"]["published"], told["quiz"]["most_a_day"], told["quiz"]["paper_share"]
    assert Rules.from_json(told) == default_rules()


def test_a_flood_has_no_share_and_older_rules_that_name_one_of_nothing_are_read() -> None:
    told = default_rules().to_json()
    for name in FLOODS:
        told["votes"]["anomalies"][name]["share"] = 0
    assert Rules.from_json(told) == default_rules()
    told["votes"]["anomalies"]["burst"]["share"] = 50
    error = refusal(lambda: Rules.from_json(told))
    assert (error.code, error.params) == ("season.rules", {"field": "votes.anomalies.burst.share"})


@pytest.mark.parametrize(
    ("field", "value"), [("most_a_day", 0), ("most_a_day", 101), ("paper_share", 0), ("paper_share", 21)]
)
def test_caps_of_the_quiz_have_bounds(field: str, value: int) -> None:
    told = default_rules().to_json()
    told["quiz"][field] = value
    assert refusal(lambda: Rules.from_json(told)).params == {"field": f"quiz.{field}"}
