"""The recount file: rules, anonymised inputs and the result, from which anybody can count everything again.

Nothing but this file is needed: `recount` makes the tallies from the inputs, the standings and stars from the tallies,
and compares the outcome with what the file says, figure by figure. Every part carries its SHA-256 over `canonical`.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from audit.domain.contest.rules import Rules
from audit.domain.contest.scores import Tally, best_weeks, standings
from audit.domain.contest.stars import select_stars
from audit.errors import RoundsError

FORMAT = "rounds-recount/1"
PARTS = ("rules", "inputs", "result")


@dataclass(frozen=True)
class Verdict:
    """What a recount found. `difference`: the first figure that differs, as a path with both values; empty: none."""

    season: str
    contestants: int
    entries: int
    ballots: int
    stars: int
    sha256: str
    difference: str = ""


def canonical(value: Any) -> bytes:
    """The one way in which a value is written when it is hashed."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(value: Any) -> str:
    """SHA-256 of a value."""
    return hashlib.sha256(canonical(value)).hexdigest()


def pseudonym(salt: str, contestant_id: int) -> str:
    """Under which name a contestant stands in the file; the contestant learns it, nobody else can find it."""
    return hashlib.sha256(f"{salt}:{contestant_id}".encode()).hexdigest()[:12]


def tallies(rules: Rules, inputs: Mapping[str, Any]) -> list[Tally]:
    """What the inputs amount to.

    `contestants`: key, organisation, zone, complaints, eligible, panel; `skills`: hundredths by who marked them;
    `attempts`: [week, number of the day, counts, [hundredths of each answer]]; `bonus`: hundredths of each case and
    idea. `ballots`: [[keys], counts].
    """
    votes = Counter(key for keys, counts in inputs["ballots"] if counts for key in keys)
    found = []
    for one in inputs["contestants"]:
        weeks: dict[int, int] = defaultdict(int)
        for week, number, counts, points in one["attempts"]:
            if counts and number <= rules.quiz.attempts_a_day and 1 <= week <= rules.quiz.weeks:
                weeks[week] = max(weeks[week], sum(points))
        central, branch = one["skills"]["central"], one["skills"]["branch"]
        found.append(
            Tally(
                key=one["key"],
                organisation=one["organisation"],
                zone=one["zone"],
                central=(len(central), sum(central)),
                branch=(len(branch), sum(branch)),
                quiz=best_weeks(weeks.values(), rules.quiz),
                votes=votes[one["key"]],
                bonus=sum(one["bonus"]),
                complaints=one["complaints"],
                eligible=one["eligible"],
                panel=one["panel"],
            )
        )
    return found


def outcome(rules: Rules, counted: Sequence[Tally]) -> dict[str, Any]:
    """Standings and stars as plain data."""
    lines = standings(rules, counted)
    selection = select_stars(rules, lines)
    return {
        "standings": [asdict(line) for line in lines],
        "stars": [asdict(star) for star in selection.stars],
        "quotas": dict(sorted(selection.quotas.items())),
        "returned": dict(sorted(selection.returned.items())),
        "undecided": [{**asdict(one), "keys": sorted(one.keys)} for one in selection.undecided],
        "vacant": selection.vacant,
    }


def sealed(season: str, rules_version: int, rules: Rules, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The whole file as plain data, counted and hashed."""
    parts = {"rules": rules.to_json(), "inputs": inputs, "result": outcome(rules, tallies(rules, inputs))}
    hashes = {f"{name}_sha256": digest(part) for name, part in parts.items()}
    return {"format": FORMAT, "season": season, "rules_version": rules_version, **parts, **hashes}


def recount(data: Any) -> Verdict:
    """Count a file again and say what differs first. Raises `recount.file` when it is none, or not whole."""
    try:
        return _recount(data)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise RoundsError("recount.file", field=str(error)[:80]) from error


def _recount(data: Any) -> Verdict:
    if data["format"] != FORMAT:
        raise RoundsError("recount.file", field="format")
    rules, inputs, stated = Rules.from_json(data["rules"]), data["inputs"], data["result"]
    result = outcome(rules, tallies(rules, inputs))
    found = {"rules": digest(data["rules"]), "inputs": digest(inputs), "result": digest(result)}
    wrong = next(_hash_differences(data, found, PARTS[:2]), "") or next(differences(stated, result, "result"), "")
    people = inputs["contestants"]
    return Verdict(
        season=str(data["season"]),
        contestants=len(people),
        entries=sum(len(points) for one in people for *_, points in one["attempts"]),
        ballots=len(inputs["ballots"]),
        stars=len(result["stars"]),
        sha256=found["result"],
        difference=wrong or next(_hash_differences(data, found, PARTS[2:]), ""),
    )


def _hash_differences(data: Mapping[str, Any], found: Mapping[str, str], parts: Sequence[str]) -> Iterator[str]:
    for part in parts:
        if data[f"{part}_sha256"] != found[part]:
            yield f"{part}_sha256: {data[f'{part}_sha256']} → {found[part]}"


def differences(stated: Any, counted: Any, path: str) -> Iterator[str]:
    """Every place where two values differ: `path: stated → counted`."""
    if isinstance(stated, Mapping) and isinstance(counted, Mapping):
        for name in [*counted, *sorted(map(str, stated.keys() - counted.keys()))]:
            yield from differences(stated.get(name), counted.get(name), f"{path}.{name}")
    elif isinstance(stated, list) and isinstance(counted, list):
        for place in range(max(len(stated), len(counted))):
            said, found = (values[place] if place < len(values) else None for values in (stated, counted))
            yield from differences(said, found, f"{path}[{place}]")
    elif type(stated) is not type(counted) or stated != counted:
        yield f"{path}: {json.dumps(stated, ensure_ascii=False)} → {json.dumps(counted, ensure_ascii=False)}"
