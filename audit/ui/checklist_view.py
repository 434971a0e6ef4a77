"""A checklist on the screen: its sections and items, what differs between two versions, and the way in from a file."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from audit.domain import conditions
from audit.domain.checklist import Checklist, Item
from audit.domain.checklist_changes import Changes, compare
from audit.errors import RoundsError
from audit.i18n import pick
from audit.services import checklists, reference_photos, spreadsheet
from audit.services.checklist_files import Fault
from audit.services.checklists import Version
from audit.ui.asking import asking
from audit.ui.item_dialog import FIELDS, field_value, open_item
from audit.ui.page import Here, done, go, here, plain, refusals, sentence
from audit.ui.table import Col, chip, sub, table
from audit.ui.words import N_

FAULTS_SHOWN = 50
STATE_LOOKS = {"draft": ("round", "draft"), "published": ("round", "closed"), "withdrawn": ("visit", "cancelled")}


def state_chip(me: Here, status: str) -> dict[str, str]:
    """The state of a version as a cell."""
    group, look = STATE_LOOKS[status]
    return chip(group, look, me.word("state", status))


def summary(me: Here, checklist: Checklist) -> str:
    """How big a checklist is, in one line."""
    points = [item.points for item in checklist.items()]
    return me.counted(
        len(checklist.sections),
        N_("{count} section, {items} items, {points} points"),
        N_("{count} sections, {items} items, {points} points"),
        items=len(points),
        points=sum(points),
    )


def show_items(me: Here, version: Version, checklist: Checklist) -> None:
    """One section at a time as a table; a tapped item opens with all that is said about it."""
    _ = me._
    pictures = reference_photos.of_version(me.db, me.actor, version.id)
    names = {
        section.code: f"{section.code} {pick(me.locale, section.title_zh, section.title_en)} · {section.weight}"
        for section in checklist.sections
    }
    code = next(iter(names))
    if len(names) > 1:
        code = st.segmented_control(
            _("Section"), list(names), default=code, format_func=lambda one: plain(names[one]), key="section",
            width="stretch",
        ) or code  # fmt: skip
    section = next(section for section in checklist.sections if section.code == code)
    rows = [(number, _item_cells(me, item, item.code in pictures)) for number, item in enumerate(section.items)]
    columns = [Col(_("Code")), Col(_("Check item")), Col(_("Points"), number=True), Col(_("Rules"))]
    table(f"items_{code}", columns, rows, names[code], on_open=lambda number: open_item(version, section.items[number]))


def _item_cells(me: Here, item: Item, pictured: bool) -> list[Any]:
    _ = me._
    rules: list[Any] = [chip("rating", "fail", _("Critical item"))] if item.critical else []
    if item.photo != "never":
        rules.append(sub(_("Photo: {when}").format(when=field_value(me, "photo", item.photo))))
    if item.show_if:
        rules.append(sub(_("Shown only if {condition}").format(condition=conditions.write(item.show_if))))
    if pictured:
        rules.append(sub(_("With a reference photo")))
    guidance = pick(me.locale, item.guidance_zh, item.guidance_en)
    return [item.code, [pick(me.locale, item.text_zh, item.text_en), sub(guidance)], item.points, rules or ""]


def show_changes(me: Here, found: Changes, new: Checklist, key: str = "changes") -> None:
    """What differs from one version to another, item by item and field by field."""
    _ = me._
    if found.none:
        st.info(_("The two versions say the same."))
        return
    rows: list[list[Any]] = [
        *([item.code, [chip("rating", "pass", _("Added")), _name(me, item)], "", ""] for item in found.added),
        *([item.code, [chip("rating", "fail", _("Removed")), _name(me, item)], "", ""] for item in found.removed),
    ]
    for change in found.changed:
        item = new.item(change.code) if change.what == "item" else None
        field = _(FIELDS.get(change.field, change.field))
        what = [field, _name(me, item)] if item else [field]
        code = _("Checklist") if change.what == "checklist" else change.code
        rows.append([code, what, field_value(me, change.field, change.old), field_value(me, change.field, change.new)])
    if found.reordered:
        st.caption(_("The order of the items changed, too."))
    columns = [Col(_("Code")), Col(_("What")), Col(_("Old")), Col(_("New"))]
    table(key, columns, list(enumerate(rows)), _("Differences"))


def _name(me: Here, item: Item) -> dict[str, str]:
    return sub(pick(me.locale, item.text_zh, item.text_en))


def upload_dialog(me: Here) -> None:
    """Ask for a file, name its mistakes or say what it holds, and keep it as a draft."""

    @asking(me._("Upload a version"), width="large")
    def ask() -> None:
        now = here()
        _ = now._
        st.text(_("Download a version as Excel, change it, give it a new version number, and upload it here."))
        label = _("Excel (.xlsx) or YAML file, at most {limit} MB").format(limit=spreadsheet.FILE_LIMIT_MB)
        file = st.file_uploader(label, type=["xlsx", "yaml", "yml"], max_upload_size=spreadsheet.FILE_LIMIT_MB)
        if file is None:
            return
        with refusals(now.locale):
            reading = checklists.read_file(file.name, file.getvalue())
            if reading.checklist is None:
                show_faults(now, reading.faults)
                return
            _offer(now, reading.checklist)

    ask()


def _offer(me: Here, checklist: Checklist) -> None:
    _ = me._
    title = pick(me.locale, checklist.title_zh, checklist.title_en)
    st.success(plain(f"{title} {checklist.version}: {summary(me, checklist)}"))
    before = _current(me, checklist.code)
    if before:
        _version, old = checklists.get(me.db, me.actor, before.id)
        found = compare(old, checklist)
        st.caption(
            _("Against {version}: {added} added, {removed} removed, {changed} fields changed.").format(
                version=before.version, added=len(found.added), removed=len(found.removed), changed=len(found.changed)
            )
        )
    if st.button(_("Keep as a draft"), type="primary"):
        number = checklists.upload(me.db, me.actor, checklist)
        done(_("Kept as a draft. Publish it when it is right."))
        go(id=number)


def _current(me: Here, code: str) -> Version | None:
    return next((one for one in checklists.current(me.db, me.actor) if one.code == code), None)


def show_faults(me: Here, faults: Sequence[Fault]) -> None:
    """Every mistake of a file with its line or cell."""
    _ = me._
    one = N_("{count} mistake; nothing was kept. Correct it and upload the file again.")
    st.error(
        me.counted(len(faults), one, N_("{count} mistakes; nothing was kept. Correct them and upload the file again."))
    )
    rows = [
        (number, [_("Line {line}").format(line=fault.line) if fault.line else fault.place or _("File"),
                  sentence(RoundsError(fault.code, **fault.params), me.locale)])
        for number, fault in enumerate(faults[:FAULTS_SHOWN])
    ]  # fmt: skip
    table("faults", [Col(_("Line or cell")), Col(_("Cause"))], rows, _("Errors"))
