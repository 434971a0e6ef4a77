"""The way in from Excel: template, upload, dry run with every error by row, then the import itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from audit.db.engine import Database
from audit.domain.permissions import Actor
from audit.services import workbooks
from audit.services.installation import installation
from audit.services.spreadsheet import ERRORS_SHOWN, FILE_LIMIT_MB, RowError
from audit.services.spreadsheet_import import Outcome
from audit.ui.asking import asking
from audit.ui.page import Here, done, here, refusals, sentence
from audit.ui.table import Col, table
from audit.ui.words import N_

Import = Callable[[Database, Actor, bytes, bool], Outcome]


@dataclass
class _Imported:
    """What was imported, and the ticket for its one-time passwords."""

    told: str
    ticket: str


def dialog(
    me: Here,
    run: Import,
    name: str,
    kinds: Sequence[str] = ("xlsx",),
    told: str = "",
    options: Callable[[Here], None] | None = None,
) -> None:
    """Open an import; `name` is that of its template, `kinds` the endings of files that it reads.

    `told`: what becomes of a row, where rows that exist are not changed; `options`: draws what else is to be chosen.
    """
    imported: _Imported | None = None

    @asking(me._("Import from Excel"), width="large", on_dismiss="rerun")  # the list shows what came
    def ask() -> None:
        nonlocal imported
        now = here()
        if imported:  # drawn again by any tap: the passwords must not vanish by it
            _hand_over(now, imported)
            return
        file = _file(now, name, kinds, told, options)
        if file is None:
            return
        with refusals(now.locale):
            outcome = run(now.db, now.actor, file, True)
            if not outcome.errors and _confirmed(now, outcome):
                with st.spinner(now._("Importing …")):
                    outcome = run(now.db, now.actor, file, False)
                if not outcome.errors:
                    imported = _finish(now, outcome)
                    st.rerun(scope="fragment")
            if outcome.errors:
                _show_errors(now, outcome.errors)

    ask()


def _file(me: Here, name: str, kinds: Sequence[str], told: str, options: Callable[[Here], None] | None) -> bytes | None:
    _ = me._
    usual = _("1. Fill in the template. Rows whose code exists already are changed, the others are created.")
    st.text(told or usual)
    if options:
        options(me)
    with st.container(horizontal=True):
        st.link_button(_("Download the template"), f"/documents/workbooks/templates/{name}.xlsx")
        if name == "city":
            st.link_button(_("Download what is there now"), "/documents/workbooks/city.xlsx")
    st.text(_("2. Upload it. Nothing is written yet: first you see what would happen."))
    label = _("Excel file (.xlsx), at most {limit} MB") if len(kinds) == 1 else _("File ({kinds}), at most {limit} MB")
    label = label.format(limit=FILE_LIMIT_MB, kinds=", ".join(f".{kind}" for kind in kinds))
    file = st.file_uploader(label, type=list(kinds), max_upload_size=FILE_LIMIT_MB, key=f"import_{name}")
    return file.getvalue() if file else None


def _confirmed(me: Here, outcome: Outcome) -> bool:
    """Say what would happen; whether the person wants it."""
    counts = me._("{created} will be created, {changed} changed, {unchanged} stay as they are.")
    st.success(counts.format(created=outcome.created, changed=outcome.changed, unchanged=outcome.unchanged))
    return bool((outcome.created or outcome.changed) and st.button(me._("Import now"), type="primary"))


def _finish(me: Here, written: Outcome) -> _Imported:
    """Close the dialog with a word, unless passwords are to be handed over first."""
    told = me._("Imported: {created} created, {changed} changed.")
    told = told.format(created=written.created, changed=written.changed)
    if not written.passwords:
        done(told)
        st.rerun()
    file = workbooks.passwords(written.passwords, me.locale)
    return _Imported(told, installation().handover.offer(me.actor, file))


def _hand_over(me: Here, imported: _Imported) -> None:
    _ = me._
    st.success(imported.told)
    st.warning(_("Download the one-time passwords now: it works once, for you alone, within ten minutes."))
    with st.container(horizontal=True):
        address = f"/documents/workbooks/once/{imported.ticket}"
        st.link_button(_("Download the one-time passwords"), address, type="primary")
        if st.button(_("Done")):
            st.rerun()


def _show_errors(me: Here, errors: Sequence[RowError]) -> None:
    _ = me._
    st.error(
        me.counted(
            len(errors),
            N_("{count} error; nothing was imported. Correct it and upload the file again."),
            N_("{count} errors; nothing was imported. Correct them and upload the file again."),
        )
    )
    columns = [Col(_("Sheet")), Col(_("Row"), number=True), Col(_("Column")), Col(_("Cause"))]
    rows = [
        (number, [error.sheet, error.row or "", error.column, sentence(error.error, me.locale)])
        for number, error in enumerate(errors[:ERRORS_SHOWN])
    ]
    table("import_errors", columns, rows, _("Errors"))
