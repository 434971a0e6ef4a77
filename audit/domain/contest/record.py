"""The recount file: rules, anonymised inputs and the result, from which anybody can count everything again.

Nothing but this file is needed: `recount` makes the tallies from the inputs, the standings and stars from the tallies,
and compares the outcome with what the file says, figure by figure. Rules and inputs carry their SHA-256 over
`canonical`; the result's stands for everything that the file says (`seal`), so that this one hash can be printed.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain
from typing import Any

from audit.domain.contest.rules import Rules
from audit.domain.contest.scores import Standing, Tally, best_weeks, ranking, standings
from audit.domain.contest.stars import select_stars
from audit.errors import RoundsError

FORMAT = "rounds-recount/2"
PARTS = ("rules", "inputs", "result")
HEAD = ("format", "season", "rules_version")


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
    """The whole file as plain data, counted and hashed; what the count does not need of a person is left out."""
    spare = standings(rules, tallies(rules, inputs))
    told = {**inputs, "contestants": _sparing(rules, inputs["contestants"], spare)}
    parts = {"rules": rules.to_json(), "inputs": told, "result": outcome(rules, tallies(rules, told))}
    data: dict[str, Any] = {"format": FORMAT, "season": season, "rules_version": rules_version, **parts}
    hashes = {name: digest(parts[name]) for name in PARTS}
    return {**data, **_hashes({**hashes, "result": seal(data, hashes)})}


def seal(data: Mapping[str, Any], hashes: Mapping[str, str]) -> str:
    """The hash of a result with all that it was made of: format, season, version of the rules, and every part."""
    return digest([*(data[name] for name in HEAD), *(hashes[name] for name in PARTS)])


def _hashes(hashes: Mapping[str, str]) -> dict[str, str]:
    return {f"{name}_sha256": hashes[name] for name in PARTS}


def _sparing(rules: Rules, contestants: Sequence[Mapping[str, Any]], lines: Sequence[Standing]) -> list[dict[str, Any]]:
    """The contestants without what changes nothing and yet tells something of them: the published board names people.

    Who is ineligible stands only where a seat depends on it; complaints only where they break a tie, and there only
    whether there was one.
    """
    barred, complained = _barred(rules, lines), _complained(rules, lines)
    return [
        {**one, "eligible": one["key"] not in barred, "complaints": int(one["key"] in complained)}
        for one in contestants
    ]


def _barred(rules: Rules, lines: Sequence[Standing]) -> set[str]:
    """The ineligible without whose ruling the seats would be others'. The worst places are tried first."""
    wanted = select_stars(rules, lines)
    barred = {line.key for line in lines if not line.eligible and line.total >= rules.stars.threshold}
    for line in reversed(lines):
        if line.key in barred:
            tried = [replace(one, eligible=one.key not in barred - {line.key}) for one in lines]
            if select_stars(rules, tried) == wanted:
                barred.remove(line.key)
    return barred


def _complained(rules: Rules, lines: Sequence[Standing]) -> set[str]:
    """Who has a complaint that puts them behind somebody who is level in all that the rules look at before."""
    if "complaint" not in rules.ties:
        return set()
    before = ranking(replace(rules, ties=rules.ties[: rules.ties.index("complaint")]))
    level: dict[tuple[int, ...], list[Standing]] = defaultdict(list)
    for line in lines:
        level[before(replace(line, panel=0))].append(line)
    mixed = (one for one in level.values() if len({line.complaints > 0 for line in one}) > 1)
    return {line.key for one in mixed for line in one if line.complaints}


def recount(data: Any) -> Verdict:
    """Count a file again and say what differs first. Raises `recount.file` when it is none, or not whole."""
    try:
        return _recount(data)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise RoundsError("recount.file", field=str(error)[:80]) from error


def _recount(data: Any) -> Verdict:
    if data["format"] != FORMAT:
        raise RoundsError("recount.file", field="format")
    strange = sorted(set(data) - {*HEAD, *PARTS, *(f"{part}_sha256" for part in PARTS)})
    if strange:
        raise RoundsError("recount.file", field=strange[0])
    rules, inputs = Rules.from_json(data["rules"]), data["inputs"]
    result = outcome(rules, tallies(rules, inputs))
    hashes = {"rules": digest(data["rules"]), "inputs": digest(inputs), "result": digest(result)}
    counted = _hashes({**hashes, "result": seal(data, hashes)})
    stated = {name: data[name] for name in counted}
    people = inputs["contestants"]
    wrong = [  # in this order: what was changed is named by itself before all that comes of it
        *(differences(stated[name], counted[name], name) for name in ("rules_sha256", "inputs_sha256")),
        differences(data["result"], result, "result"),
        differences(stated["result_sha256"], counted["result_sha256"], "result_sha256"),
    ]
    return Verdict(
        season=str(data["season"]),
        contestants=len(people),
        entries=sum(len(points) for one in people for *_, points in one["attempts"]),
        ballots=len(inputs["ballots"]),
        stars=len(result["stars"]),
        sha256=counted["result_sha256"],
        difference=next(chain.from_iterable(wrong), ""),
    )


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
