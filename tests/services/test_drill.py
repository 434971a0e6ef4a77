"""The restore drill: it passes on a whole copy, and names what a copy lacks."""

from pathlib import Path

from sqlalchemy import text

from audit.commands.drill import compare
from audit.services import backup
from audit.services.installation import Installation
from audit.services.work import unit_of_work
from tests.factories import City


def test_the_comparison_names_a_lost_row_another_head_and_changed_bytes(
    city: City, house: Installation, tmp_path: Path
) -> None:
    with unit_of_work(house.db, city.wang) as work:
        work.record("test.made", "test", 1)
    manifest = backup.make(house, tmp_path / "copies").manifest
    assert compare(house, manifest) == []
    with house.db.write() as session:
        session.execute(text("DELETE FROM throttle"))
        session.execute(text("UPDATE chain_head SET sha256 = 'x'"))
    wanted = manifest | {"tables": manifest["tables"] | {"throttle": 3}, "missing": ["photos/1"]}
    faults = compare(house, wanted)
    assert faults[:2] == ["missing from the backup: photos/1", "table throttle: 0 rows, 3 were backed up"]
    assert faults[2].startswith("the chain's head is 1 x, not ")
    assert "the head row was changed: its hash is not that of event 1" in faults
