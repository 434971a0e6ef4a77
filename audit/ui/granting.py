"""The roles of an account: one line a role, with the place where its scope needs one."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from audit.domain.permissions import ROLES, Granted, Role, Scope
from audit.services.contest.seasons import grantable_seasons
from audit.services.organisations import get_organisation, open_organisations
from audit.services.outlets import get_outlet, open_outlets
from audit.ui.page import Here


def editor(me: Here, grants: Sequence[Granted], key: str) -> tuple[Granted, ...]:
    """Choose roles, and for those that hold in a branch, a hall or a season, where; returns the grants as chosen."""
    _ = me._
    held = list(dict.fromkeys(grant.role for grant in grants))
    chosen: list[Role] = st.pills(
        _("Roles"),
        list(ROLES),
        selection_mode="multi",
        default=held,
        key=f"roles_{key}",
        format_func=lambda role: me.word("role", role),
    )
    found: list[Granted] = []
    for role in chosen or ():
        scopes = ROLES[role][2]
        label = me.word("role", role)
        if Scope.BRANCH in scopes:
            names: dict[Any, str] = {row.id: me.pick(row) for row in open_organisations(me.db, me.actor)}
            for number in _closed(grants, role, names):
                names[number] = _closed_name(me, get_organisation(me.db, me.actor, number))
            if Scope.CITY in scopes:
                names = {None: me.word("scope", Scope.CITY), **names}
            found += _placed(me, role, Scope.BRANCH, label, names, grants, key)
        elif Scope.OUTLET in scopes:
            names = {row.id: f"{me.pick(row)} {row.code}" for row in open_outlets(me.db, me.actor)}
            for number in _closed(grants, role, names):
                names[number] = _closed_name(me, get_outlet(me.db, me.actor, number).outlet)
            found += _placed(me, role, Scope.OUTLET, label, names, grants, key)
        elif Scope.SEASON in scopes:
            names = {row.id: me.pick(row) for row in grantable_seasons(me.db, me.actor)}
            found += _placed(me, role, Scope.SEASON, label, names, grants, key, none=_("All seasons"))
        else:
            found.append(Granted(role, scopes[0]))
    return tuple(found)


def _closed(grants: Sequence[Granted], role: Role, names: Mapping[Any, str]) -> list[int]:
    """Where the role is held in places that are closed: they stay until somebody takes them away."""
    return [grant.scope_id for grant in grants if grant.role is role and grant.scope_id and grant.scope_id not in names]


def _closed_name(me: Here, place: Any) -> str:
    return me._("{name} (closed)").format(name=me.pick(place))


def _placed(
    me: Here,
    role: Role,
    scope: Scope,
    label: str,
    names: dict[Any, str],
    grants: Sequence[Granted],
    key: str,
    none: str = "",
) -> list[Granted]:
    """The places of one role; `none`: what it means to choose none, where that has a meaning."""
    held = [grant.scope_id for grant in grants if grant.role is role and grant.scope_id in names]
    places = st.multiselect(
        me._("{role}: where").format(role=label),
        list(names),
        default=held,
        key=f"places_{role}_{key}",
        format_func=names.__getitem__,
        placeholder=none or me._("Choose …"),
        select_all=False,
    )
    if not places:
        return [Granted(role, scope)]  # where it has no meaning, the service says that the place is missing
    return [Granted(role, scope if place is not None else Scope.CITY, place) for place in places]
