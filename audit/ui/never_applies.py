"""The items of the checklist that can never apply at an outlet, each with why."""

import streamlit as st

from audit.domain.city import checklist_kinds
from audit.i18n import pick
from audit.services import checklists
from audit.services.outlets import REASON_LIMIT, Reasons
from audit.ui.forms import label
from audit.ui.page import Here, plain


def editor(me: Here, kind: str, held: Reasons) -> Reasons:
    """Choose items and say why each of them does not apply; returns item code → reasons as typed."""
    names = _items(me, kind)
    options = sorted({*names, *held})
    chosen = st.multiselect(
        label(me.locale, "na_items"), options, default=sorted(held), placeholder=me._("Choose …"),
        select_all=False,
        format_func=lambda code: f"{code} {names.get(code, '')}".strip(),
        help=me._("In the form these items are offered as not applicable, with this reason."),
    )  # fmt: skip
    found = {}
    for code in chosen:
        why = held.get(code, {})
        title = f"{code} · {label(me.locale, 'reason')}"
        left, right = st.columns(2)
        with left:
            zh = st.text_input(plain(f"{title} (中文) *"), why.get("zh", ""), max_chars=REASON_LIMIT)
        with right:
            en = st.text_input(plain(f"{title} (English)"), why.get("en", ""), max_chars=REASON_LIMIT)
        found[code] = {"zh": zh or "", "en": en or ""}
    return found


def show(me: Here, items: Reasons) -> None:
    """Each item with why it never applies, to read; nothing when there is none."""
    if items:
        st.subheader(label(me.locale, "na_items"), anchor=False)
    for code, why in items.items():
        st.text(f"{code}　{pick(me.locale, why['zh'], why['en'])}")


def _items(me: Here, kind: str) -> dict[str, str]:
    """Item code → text, of the published checklists for this kind of outlet."""
    wanted = checklist_kinds(kind)
    current = [one for one in checklists.current(me.db, me.actor) if one.kind in wanted]
    lists = [checklists.get(me.db, me.actor, one.id)[1] for one in current]
    return {item.code: pick(me.locale, item.text_zh, item.text_en) for one in lists for item in one.items()}
