"""The stars as they would be now, the panel's question with its recorded ballot, and the documents of the result."""

from audit.ui import contest_parts, star_parts
from audit.ui.page import head, here

me = here()
_ = me._
head(_("Stars"), _("Who would be a star if the season ended now, and what the panel has to decide."))
season = contest_parts.season(me)
if season is not None:
    star_parts.panel(me, season)
    if contest_parts.manages(me, season):
        star_parts.documents(me, season)
        star_parts.trial(me, season)
