"""What an address of the public scoreboard asks for, and the values that its template draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from audit.domain.contest.rules import Rules
from audit.i18n import format_instant, pick, translator
from audit.services.contest import boards
from audit.services.contest.boards import LEGS, LeagueLine, Line, Sheet
from audit.services.values import reads_as

VIEWS = ("city", "organisation", "leg", "week", "league")
A_PAGE, A_SCREEN = 50, 10  # lines
TURN_SECONDS = 12
LONGEST_SEARCH = 40  # characters


@dataclass(frozen=True)
class Asked:
    """An address of the board, cleaned: unknown values are those of the first view. `page` counts from 1.

    `q`: what is searched for among the names of the view.
    """

    view: str = VIEWS[0]
    of: str = ""
    page: int = 1
    screen: bool = False
    q: str = ""

    def address(self, **more: Any) -> str:
        """The address of this view with other values."""
        told = {"view": self.view, "of": self.of, "page": self.page, "screen": int(self.screen), "q": self.q, **more}
        usual = {"view": VIEWS[0], "of": "", "page": 1, "screen": 0, "q": ""}
        return "/contest/board?" + urlencode({name: value for name, value in told.items() if value != usual.get(name)})


def asked(query: Mapping[str, str]) -> Asked:
    """What the query says."""
    chosen = query.get("view", "")
    page = query.get("page", "1")
    return Asked(
        view=chosen if chosen in VIEWS else VIEWS[0],
        of=query.get("of", "")[:40],
        page=int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 5 else 1,
        screen=query.get("screen") == "1",
        q=" ".join(query.get("q", "")[:LONGEST_SEARCH].split()),
    )


def settled(sheet: Sheet, what: Asked) -> Asked:
    """The address as this board can answer it: whatever asks for the same page is the same, whatever was typed.

    Pages are kept by it, so that random values neither make a page anew nor drive another one out.
    """
    if what.screen:  # turns its own pages through all views
        return Asked(page=(what.page - 1) % max(1, _turns(sheet)) + 1, screen=True)
    codes = _codes(sheet, what.view)
    of = what.of if what.of in codes else next(iter(codes), "")
    count = len(_lines(sheet, what.view, of, what.q)) if what.q else _count(sheet, what.view, of)
    return Asked(what.view, of, min(what.page, _pages(count)), q=what.q)


def view(sheet: Sheet, what: Asked, locale: str) -> tuple[str, dict[str, Any]]:
    """Template and values of a page; `what` is `settled`."""
    common = {
        "season": pick(locale, sheet.season.name_zh, sheet.season.name_en),
        "as_of": format_instant(locale, sheet.as_of) if sheet.as_of else "",
        "waits": sheet.waits,
        "name": lambda line: pick(locale, line.name, line.name_en),
        "owner": lambda line: pick(locale, line.organisation_zh, line.organisation_en),
        "league_name": lambda row: pick(locale, row.name_zh, row.name_en),
        "stars": sheet.stars,
        "recount": sheet.recount,
        "asked": what,
    }
    if what.screen:
        return "contest_screen.html", {**common, **_screen(sheet, what, locale)}
    return "contest_board.html", {**common, **_page(sheet, what, locale)}


def _page(sheet: Sheet, what: Asked, locale: str) -> dict[str, Any]:
    lines = _lines(sheet, what.view, what.of, what.q)
    return {
        "views": [(code, _names(locale)[code]) for code in VIEWS],
        "options": _options(sheet, what.view, locale),
        "of": what.of,
        "lines": lines[(what.page - 1) * A_PAGE : what.page * A_PAGE],
        "league": _league(sheet, what.q) if what.view == "league" else (),
        "longest": LONGEST_SEARCH,
        "prior": Rules.from_json(sheet.season.rules).skill.prior,
        "whole": what.view in ("city", "organisation"),
        "page": what.page,
        "pages": _pages(len(lines)),
        "count": len(lines),
    }


def _lines(sheet: Sheet, view: str, of: str, search: str) -> Sequence[Line]:
    """The lines of a view, each with its place in the whole of it, as far as they are searched for."""
    lines: Sequence[Line] = sheet.lines if view == "city" else ()
    if view == "organisation":
        lines = sheet.of_organisation(of)
    elif view == "leg":
        lines = sheet.by_leg(of)
    elif view == "week":
        lines = sheet.by_week(int(of or 0))
    return boards.matching(lines, search)


def _league(sheet: Sheet, search: str) -> Sequence[LeagueLine]:
    return [row for row in sheet.league if reads_as(search, row.name_zh, row.name_en)]


def _codes(sheet: Sheet, view: str) -> Sequence[str]:
    """What can be chosen within a view; the first one is shown when nothing was."""
    if view == "organisation":
        return [code for code, _zh, _en in sheet.organisations]
    if view == "leg":
        return LEGS
    return [str(week) for week in sorted(sheet.weeks, reverse=True)] if view == "week" else ()


def _count(sheet: Sheet, view: str, of: str) -> int:
    """How many lines a view has, without putting them in order."""
    if view == "organisation":
        return sum(row.count for row in sheet.league if row.organisation == of)
    if view == "week":
        return len(sheet.weeks.get(int(of or 0), ()))
    return 0 if view == "league" else len(sheet.lines)


def _pages(lines: int) -> int:
    return max(1, -(-lines // A_PAGE))


def _options(sheet: Sheet, view: str, locale: str) -> list[tuple[str, str]]:
    """What can be chosen within a view, with its name."""
    _ = translator(locale)
    if view == "organisation":
        return [(code, pick(locale, zh, en)) for code, zh, en in sheet.organisations]
    if view == "leg":
        return list(legs(locale).items())
    return [(week, _("Week {week}").format(week=week)) for week in _codes(sheet, view)]


def legs(locale: str) -> dict[str, str]:
    """Leg → its name."""
    _ = translator(locale)
    return dict(zip(LEGS, (_("Skills"), _("Quiz"), _("Votes"), _("Cases and golden ideas")), strict=True))


def _names(locale: str) -> dict[str, str]:
    _ = translator(locale)
    return dict(zip(VIEWS, (_("City"), _("Organisation"), _("One leg"), _("Quiz week"), _("League")), strict=True))


def _turns(sheet: Sheet) -> int:
    """How many pages the big screen turns."""
    best = -(-min(len(sheet.lines), 3 * A_SCREEN) // A_SCREEN)
    return best + -(-len(sheet.league) // A_SCREEN) + len(LEGS) + bool(sheet.weeks)


def _screen(sheet: Sheet, what: Asked, locale: str) -> dict[str, Any]:
    """The big screen's page: one after the other, then from the beginning."""
    _ = translator(locale)
    turns: list[tuple[str, Sequence[Any], str]] = [
        (_("The best of the city"), sheet.lines[start : start + A_SCREEN], "total")
        for start in range(0, min(len(sheet.lines), 3 * A_SCREEN), A_SCREEN)
    ]
    rows = sheet.league
    turns += [(_("League of organisations"), rows[start : start + A_SCREEN], "league")
              for start in range(0, len(rows), A_SCREEN)]  # fmt: skip
    turns += [(name, sheet.by_leg(leg)[:A_SCREEN], "value") for leg, name in legs(locale).items()]
    if sheet.weeks:
        week = max(sheet.weeks)
        turns.append((_("Quiz week {week}").format(week=week), sheet.by_week(week)[:A_SCREEN], "value"))
    place = what.page - 1
    title, lines, kind = turns[place] if turns else ("", (), "total")
    following = (place + 1) % max(1, len(turns)) + 1
    return {
        "title": title,
        "lines": lines,
        "kind": kind,
        "turn": place + 1,
        "turns": len(turns),
        "seconds": TURN_SECONDS,
        "following": what.address(page=following),
    }
