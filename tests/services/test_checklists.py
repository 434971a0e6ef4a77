"""Checklist versions: who may keep them, their life from draft to withdrawn, and what differs between two."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlmodel import select

from audit.db.models import Assignment, ChecklistVersion, Event, Round, Visit
from audit.domain.checklist import Checklist
from audit.errors import RoundsError
from audit.services import checklists as service
from audit.services.checklist_files import read_yaml, seeds
from audit.services.xlsform import read_xlsform
from tests.factories import City

KEEPERS = ["adam", "wang"]
READERS = ["lin", "mei", "hu", "fang", "luo"]
HALL = next(checklist for checklist in seeds() if checklist.code == "hall")
NEXT = replace(HALL, version="2026.2", title_en="Hall inspection")


def seeded(city: City) -> dict[str, int]:
    service.seed(city.db, None)
    return {version.code: version.id for version in service.versions(city.db, city.wang)}


def events(city: City, verb: str) -> list[Event]:
    with city.db.read() as session:
        return list(session.exec(select(Event).where(Event.verb == verb)).all())


def test_seeding_publishes_the_five_lists_once_and_again_changes_nothing(city: City) -> None:
    assert service.seed(city.db, None) == 5
    assert service.seed(city.db, city.adam) == 0
    listed = service.versions(city.db, city.lin)
    assert sorted(version.code for version in listed) == ["hall", "hotline", "online", "reception", "sms"]
    assert {version.status for version in listed} == {"published"}
    assert len(events(city, "checklist.published")) == 5


def test_what_is_stored_is_what_was_seeded(city: City) -> None:
    version, checklist = service.get(city.db, city.lin, seeded(city)["hall"])
    assert checklist == HALL
    assert (version.version, version.kind, version.visits) == ("2026.1", "hall", 0)


def test_a_later_version_that_comes_with_an_update_waits_as_a_draft(city: City, monkeypatch) -> None:
    seeded(city)
    monkeypatch.setattr(service, "seeds", lambda: (NEXT,))
    assert service.seed(city.db, None) == 1
    assert service.published(city.db, city.lin, "hall").version == "2026.1"
    assert [v.status for v in service.versions(city.db, city.wang, "hall")] == ["draft", "published"]


@pytest.mark.parametrize("name", KEEPERS)
def test_a_draft_becomes_the_version_for_new_visits_when_it_is_published(city: City, name: str) -> None:
    seeded(city)
    draft = service.upload(city.db, city.actors[name], NEXT)
    assert service.published(city.db, city.lin, "hall").version == "2026.1"
    service.publish(city.db, city.actors[name], draft)
    assert service.published(city.db, city.lin, "hall").id == draft
    [event] = [event for event in events(city, "checklist.published") if event.subject_id == str(draft)]
    assert event.data["status"] == ["draft", "published"]
    assert event.account_id == city.actors[name].account_id


@pytest.mark.parametrize("name", READERS)
def test_others_read_published_versions_but_keep_nothing_and_see_no_draft(city: City, name: str) -> None:
    actor, hall = city.actors[name], seeded(city)["hall"]
    draft = service.upload(city.db, city.wang, NEXT)
    assert service.get(city.db, actor, hall)[1] == HALL
    assert draft not in [version.id for version in service.versions(city.db, actor)]
    for read in (service.get, service.as_workbook, service.as_yaml):
        with pytest.raises(RoundsError, match="not_found"):
            read(city.db, actor, draft)
    for write in (
        lambda: service.seed(city.db, actor),
        lambda: service.upload(city.db, actor, NEXT),
        lambda: service.publish(city.db, actor, draft),
        lambda: service.withdraw(city.db, actor, hall),
        lambda: service.unfinished(city.db, actor, hall),  # unannounced visits would count
    ):
        with pytest.raises(RoundsError, match="forbidden"):
            write()


def test_somebody_without_any_grant_reads_nothing(city: City) -> None:
    with pytest.raises(RoundsError, match="forbidden"):
        service.versions(city.db, replace(city.lin, grants=()))


def test_the_same_upload_again_is_the_same_version_and_leaves_no_second_event(city: City) -> None:
    first = service.upload(city.db, city.wang, NEXT)
    assert service.upload(city.db, city.wang, NEXT) == first
    assert len(events(city, "checklist.uploaded")) == 1


def test_a_corrected_draft_replaces_the_draft(city: City) -> None:
    first = service.upload(city.db, city.wang, NEXT)
    corrected = replace(NEXT, title_en="Hall visit")
    assert service.upload(city.db, city.wang, corrected) == first
    version, stored = service.get(city.db, city.wang, first)
    assert stored == corrected
    assert (version.title_en, version.status) == ("Hall visit", "draft")


@pytest.mark.parametrize("last_step", ["publish", "withdraw"])
def test_a_version_that_was_published_or_withdrawn_never_changes_its_content(city: City, last_step: str) -> None:
    number = service.upload(city.db, city.wang, NEXT)
    getattr(service, last_step)(city.db, city.wang, number)
    with pytest.raises(RoundsError, match=r"checklist\.version_taken"):
        service.upload(city.db, city.wang, replace(NEXT, title_en="Other"))
    assert service.get(city.db, city.wang, number)[1] == NEXT


def test_a_checklist_with_problems_is_not_kept(city: City) -> None:
    broken = replace(NEXT, sections=())
    with pytest.raises(RoundsError, match=r"checklist\.faulty"):
        service.upload(city.db, city.wang, broken)
    assert service.versions(city.db, city.wang) == []


@pytest.mark.parametrize(
    ("steps", "refused"),
    [
        (["publish"], "publish"),
        (["publish", "withdraw"], "withdraw"),
        (["withdraw"], "withdraw"),
    ],
)
def test_a_step_that_the_state_does_not_allow_is_refused(city: City, steps: list[str], refused: str) -> None:
    number = service.upload(city.db, city.wang, NEXT)
    for step in steps:
        getattr(service, step)(city.db, city.wang, number)
    with pytest.raises(RoundsError, match="wrong_state"):
        getattr(service, refused)(city.db, city.wang, number)


def test_a_withdrawn_version_may_be_published_again_and_is_then_the_current_one(city: City) -> None:
    hall = seeded(city)["hall"]
    service.withdraw(city.db, city.wang, hall)
    with pytest.raises(RoundsError, match="not_found"):
        service.published(city.db, city.lin, "hall")
    service.publish(city.db, city.wang, hall)
    assert service.published(city.db, city.lin, "hall").id == hall


def test_what_is_not_there_is_not_found(city: City) -> None:
    for call in (service.get, service.publish, service.withdraw):
        with pytest.raises(RoundsError, match="not_found"):
            call(city.db, city.wang, 999)


def test_a_visit_keeps_its_version_after_a_new_one_is_published_and_the_old_withdrawn(city: City) -> None:
    hall = seeded(city)["hall"]
    plan(city, hall)
    service.publish(city.db, city.wang, service.upload(city.db, city.wang, NEXT))
    service.withdraw(city.db, city.wang, hall)
    with city.db.read() as session:
        visit = session.exec(select(Visit)).one()
    version, checklist = service.get(city.db, city.lin, visit.checklist_version_id)
    assert (checklist, version.status, version.visits) == (HALL, "withdrawn", 1)


def test_two_versions_are_compared_field_by_field(city: City) -> None:
    hall = seeded(city)["hall"]
    first, *others = HALL.sections
    kept = tuple(
        replace(item, points=4, critical=True, severity="critical") if item.code == "A03" else item
        for item in first.items
        if item.code != "A01"
    )
    added = replace(first.items[0], code="A99")
    changed = replace(NEXT, sections=(replace(first, items=(*kept, added)), *others))
    found = service.changes(city.db, city.wang, hall, service.upload(city.db, city.wang, changed))
    assert [item.code for item in found.added] == ["A99"]
    assert [item.code for item in found.removed] == ["A01"]
    assert [(c.what, c.code, c.field, c.old, c.new) for c in found.changed] == [
        ("checklist", "hall", "version", "2026.1", "2026.2"),
        ("checklist", "hall", "title_en", "Service hall inspection", "Hall inspection"),
        ("item", "A03", "points", "2", "4"),
        ("item", "A03", "critical", "no", "yes"),
        ("item", "A03", "severity", "minor", "critical"),
    ]
    assert not found.reordered
    assert service.changes(city.db, city.wang, hall, hall).none


def test_a_moved_item_and_a_changed_order_are_told(city: City) -> None:
    hall = seeded(city)["hall"]
    a, b, *others = HALL.sections
    moved = replace(NEXT, sections=(replace(a, items=a.items[1:]), replace(b, items=(*b.items, a.items[0])), *others))
    found = service.changes(city.db, city.wang, hall, service.upload(city.db, city.wang, moved))
    assert ("A01", "section", "A", "B") in [(c.code, c.field, c.old, c.new) for c in found.changed]
    assert found.reordered


def test_a_version_taken_out_as_a_file_comes_back_unchanged(city: City) -> None:
    for number in seeded(city).values():
        stored = service.get(city.db, city.lin, number)[1]
        assert read_xlsform(service.as_workbook(city.db, city.lin, number).content).checklist == stored
        assert read_yaml(service.as_yaml(city.db, city.lin, number).content).checklist == stored
        assert service.as_workbook(city.db, city.lin, number).filename == f"checklist-{stored.code}-2026.1.xlsx"


def test_stored_content_is_the_json_form_and_its_digest_is_of_that(city: City) -> None:
    number = seeded(city)["sms"]
    with city.db.read() as session:
        row = session.get(ChecklistVersion, number)
    assert row is not None
    assert Checklist.from_json(row.content).to_json() == row.content
    assert len(row.sha256) == 64


def plan(city: City, version: int) -> None:
    """One planned visit of a hall of Jiangbei by Yuzhong, written as rows."""
    day = dt.date(2026, 11, 20)
    with city.db.write() as session:
        wave = Round(code="r1", name_zh="轮次", kind="ad_hoc", starts_on=day, ends_on=day)
        session.add(wave)
        session.flush()
        assignment = Assignment(
            round_id=wave.id or 0,
            inspecting_id=city.organisations["yuzhong"],
            inspected_id=city.organisations["jiangbei"],
            starts_on=day,
            ends_on=day,
        )
        session.add(assignment)
        session.flush()
        session.add(
            Visit(
                assignment_id=assignment.id or 0,
                outlet_id=city.outlets["JB01"],
                checklist_version_id=version,
                planned_on=day,
            )
        )
