"""What waits today for those who run or judge the contest."""

from collections.abc import Callable

from audit.domain.contest.season import ContributionState
from audit.domain.permissions import Where, may
from audit.services.contest import contributions, quarantines, seasons
from audit.ui import contest_parts, waits
from audit.ui.page import Here

Card = Callable[[str, str, str, str, int | None], None]  # title, text, what to do, page, number


def show(me: Here, card: Card) -> None:
    """The cards of the running season; nothing while there is none."""
    season = seasons.current_season(me.db)
    if season is None:
        return
    _, season_id = me._, season.id or 0
    if contest_parts.manages(me, season):
        held = sum(quarantines.waiting(me.db, me.actor, season_id).values())
        text = _("Count or discard them: until then their votes do not count.")
        card(waits.counted(me, "held", held), text, _("Ballots held back"), "contest_votes", held)
        text = _("Where the season stands, and who lacks which score.")
        card(me.pick(season), text, _("Season"), "contest", None)
    if may(me.actor, "contest.review", Where(season_id=season_id)):
        state = ContributionState.SUBMITTED
        waiting = contributions.find_pieces(me.db, me.actor, season_id, state=state, size=1).total
        text = _("Publish and adopt them, or send them back with a comment.")
        card(waits.counted(me, "pieces", waiting), text, _("Cases and ideas"), "contest_cases", waiting)
