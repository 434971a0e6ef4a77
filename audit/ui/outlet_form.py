"""The fields of an outlet."""

import streamlit as st

from audit.domain.city import OUTLET_KINDS
from audit.services.outlets import OutletValues
from audit.ui import forms, never_applies
from audit.ui.page import Here

NEW = OutletValues("", str(next(iter(OUTLET_KINDS))), "")


def fields(me: Here, old: OutletValues = NEW) -> OutletValues:
    """Draw the fields with what stands in them, and return what was typed."""
    kinds = [str(kind) for kind in OUTLET_KINDS]
    left, right = st.columns(2)
    with left:
        code = forms.line(me.locale, "code", old.code, 40, required=True)
    with right:
        kind = forms.choose(me, "kind", kinds, lambda one: me.word("outlet_kind", one), kinds.index(old.kind))
    name = forms.both(me.locale, "name", old.name_zh, old.name_en, required=True)
    address = forms.both(me.locale, "address", old.address_zh, old.address_en, 200)
    place = forms.place(me.locale, old.latitude, old.longitude)
    never = never_applies.editor(me, kind, old.na_items)
    return OutletValues(code, kind, *name, *address, *place, na_items=never)
