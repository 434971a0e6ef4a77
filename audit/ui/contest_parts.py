"""What the contest's pages share: the season they are about, points as people read them, portraits."""

from collections.abc import Sequence

import streamlit as st

from audit.db.models import Season
from audit.domain.contest.rules import LEGS, Rules, Stage
from audit.domain.permissions import Scope, Where, covers, grants_for, may
from audit.i18n import format_days
from audit.photos.store import is_blob_name
from audit.services.contest import seasons
from audit.ui import filters
from audit.ui.page import Here, here
from audit.ui.table import empty

PORTRAIT_PX = 96


def points(hundredths: int) -> str:
    """Hundredths as points with two decimals."""
    return f"{hundredths / 100:.2f}"


def season(me: Here, permission: str = "contest.read") -> Season | None:
    """The season that the address names (`?season=`), else the newest; with a choice where there are several.

    Only those in which the person has the permission. Says what to do next where there is none.
    """
    _ = me._
    found: Sequence[Season] = [
        row for row in seasons.find_seasons(me.db, me.actor) if _holds(me, permission, row.id or 0)
    ]
    if not found:
        begin = _("No season yet. Create one: it starts as a draft with the usual rules.")
        wait = _("No season yet. It appears here once the organiser has started one.")
        empty(begin if may(me.actor, "contest.manage") else wait)
        return None
    if len(found) == 1:
        return found[0]
    chosen = filters.one_id(
        me, "season", _("Season"), {row.id or 0: me.pick(row) for row in found}, forget=("id", "page")
    )
    return next(row for row in found if row.id == chosen)


def _holds(me: Here, permission: str, season_id: int) -> bool:
    """Whether a permission holds in a season; a branch's holds for its own people in every one."""
    grants = grants_for(me.actor, permission)
    return any(grant.scope is not Scope.SEASON or covers(grant, Where(season_id=season_id)) for grant in grants)


def manages(me: Here, row: Season) -> bool:
    """Whether the person runs this season."""
    return may(me.actor, "contest.manage", Where(season_id=row.id))


def stage_name(me: Here, stage: Stage | None) -> str:
    """A stage's name; a dash between stages."""
    if stage is None:
        return "–"
    return stage.zh if me.locale.startswith("zh") else stage.en


def stage_lines(me: Here, rules: Rules) -> list[tuple[int, list[str]]]:
    """The stages as rows of a table: name, dates, what is open."""
    names = {leg: me.word("leg", leg) for leg in LEGS}
    rows = []
    for number, stage in enumerate(rules.stages):
        dates = format_days(me.locale, stage.first, stage.last)
        opened = me.several(names[leg] for leg in LEGS if leg in stage.opens) or "–"
        rows.append((number, [stage_name(me, stage), dates, opened]))
    return rows


def portrait(sha256: str, name: str) -> None:
    """A contestant's picture, or the first letter of the name."""
    side = f"width:{PORTRAIT_PX}px;height:{PORTRAIT_PX * 4 // 3}px;border-radius:8px"
    if is_blob_name(sha256):
        st.html(f'<img alt="" src="/contest/pictures/{sha256}" style="{side};object-fit:cover">')
    else:
        letter = name[:1] if name[:1].isalnum() else "?"
        st.html(
            f'<div aria-hidden="true" style="{side};display:flex;align-items:center;justify-content:center;'
            f'font-size:2rem;background:rgba(128,128,128,.18)">{letter}</div>'
        )


def current(season_id: int) -> tuple[Here, Season]:
    """The person and the season anew, for a dialog. Raises `not_found`."""
    me = here()
    return me, seasons.get_season(me.db, me.actor, season_id)
