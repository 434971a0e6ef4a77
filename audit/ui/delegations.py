"""The branch lets a hall write an answer, by a manager's account or by a one-purpose link; and takes it back."""

import datetime as dt
from collections.abc import Sequence

import streamlit as st

from audit.db.models import Delegation
from audit.domain.loop import step_for
from audit.errors import RoundsError
from audit.i18n import format_instant
from audit.services import clock
from audit.services.installation import installation
from audit.services.loop import delegating, reading
from audit.services.loop.reading import FindingView
from audit.tokens import RADIUS_PX, TARGET_PX
from audit.ui.asking import asking
from audit.ui.forms import confirm
from audit.ui.page import Here, act, done, here, plain, show_error
from audit.ui.words import N_
from exports.qr import qr_svg

BY_LINK = 0  # stands among the managers' accounts for somebody who has none
DAYS = (1, 3, 7, 14)
GIVEN, ALSO = "_given", "ask_also"
CSS = f"""
:host{{display:block}}
.link{{display:grid;grid-template-columns:minmax(150px,230px) minmax(0,1fr);gap:18px;align-items:center;
 color:var(--st-text-color)}}
.code{{background:#fff;border-radius:{RADIUS_PX}px;padding:4px}}
.code svg{{display:block;width:100%;height:auto}}
input{{width:100%;box-sizing:border-box;min-height:{TARGET_PX}px;padding:0 .7rem;font:inherit;font-size:.9rem;
 color:inherit;background:var(--st-secondary-background-color);border:1px solid var(--st-border-color);
 border-radius:{RADIUS_PX}px}}
button{{min-height:{TARGET_PX}px;margin-top:10px;padding:0 1.2rem;font:inherit;cursor:pointer;border:0;
 color:#fff;background:var(--st-primary-color);border-radius:{RADIUS_PX}px}}
@media (max-width:480px){{.link{{grid-template-columns:minmax(0,1fr)}}.code{{max-width:230px}}}}
"""
JS = """
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector('.link');
  if (!root) return;
  const code = document.createElement('div'), side = document.createElement('div');
  const field = document.createElement('input'), button = document.createElement('button');
  const svg = new DOMParser().parseFromString(data.svg, 'image/svg+xml').documentElement;
  code.className = 'code';
  if (svg.nodeName === 'svg') code.append(document.importNode(svg, true));
  field.readOnly = true;
  field.value = data.address;
  field.setAttribute('aria-label', data.words.address);
  field.onfocus = () => field.select();
  button.textContent = data.words.copy;
  button.onclick = async () => {
    try {
      await navigator.clipboard.writeText(data.address);
    } catch {  // no permission, or no secure context: the older way
      field.select();
      document.execCommand('copy');
    }
    button.textContent = `✓ ${data.words.copied}`;
  };
  side.append(field, button);
  root.replaceChildren(code, side);
}
"""


def give(view: FindingView) -> None:
    """The dialog in which the branch chooses who writes the answer. A link is shown in it this once."""

    @asking(plain(here()._("Delegate to the hall")), on_dismiss="rerun")
    def dialog() -> None:
        me = here()
        given: delegating.Link | RoundsError | str | None = st.session_state.pop(GIVEN, None)
        if isinstance(given, delegating.Link):
            _show(me, given)
            return
        if isinstance(given, str):
            done(given)
            st.rerun()
        if given is not None:
            show_error(given, me.locale)
        _choose(me, view.row.finding.id or 0)

    dialog()


def _choose(me: Here, finding_id: int) -> None:
    _ = me._
    people = {**reading.hall_managers(me.db, me.actor, finding_id), BY_LINK: _("A link for a phone")}
    told = _("For somebody without an account: opens this one finding only")
    words = {days: _("1 day") if days == 1 else _("{count} days").format(count=days) for days in DAYS}
    chosen = st.radio(
        _("Who writes the answer?"), list(people), format_func=lambda one: people[one],
        captions=["" if one else told for one in people],
    )  # fmt: skip
    days = DAYS[1]
    if chosen == BY_LINK:
        days = st.segmented_control(_("Valid for"), DAYS, default=days, required=True, format_func=lambda n: words[n])
    more = delegating.unwritten(me.db, me.actor, finding_id) if chosen else ()
    if more:
        label = me.counted(
            len(more),
            N_("Also the {count} other finding of this hall that nobody writes yet"),
            N_("Also the {count} other findings of this hall that nobody writes yet"),
        )
        st.checkbox(label, key=ALSO)
    note = st.text_input(_("Note for the hall"), max_chars=400) or ""
    name = people[chosen or BY_LINK]
    st.button(
        _("Delegate"), type="primary", key="ask_yes", on_click=_give,
        args=((finding_id, *more), chosen or BY_LINK, name, days, note),
    )  # fmt: skip


def _give(finding_ids: Sequence[int], chosen: int, name: str, days: int, note: str) -> None:
    """Done before the dialog is drawn again: what came of it is shown by that one drawing and kept nowhere."""
    me = here()
    if not st.session_state.get(ALSO):  # asked now: between a tick and a tap the dialog need not have been drawn
        finding_ids = finding_ids[:1]
    try:
        if chosen == BY_LINK:
            valid = dt.timedelta(days=days)
            st.session_state[GIVEN] = delegating.make_link(me.db, me.actor, finding_ids[0], valid, note)
        else:
            delegating.delegate_all(me.db, me.actor, finding_ids, chosen, note)
            told = me._("Delegated to {name}.") if len(finding_ids) == 1 else me._("{count} delegated to {name}.")
            st.session_state[GIVEN] = told.format(name=name, count=len(finding_ids))
    except RoundsError as error:
        st.session_state[GIVEN] = error


def _show(me: Here, link: delegating.Link) -> None:
    _ = me._
    address = delegating.link_address(installation().settings, link.token)
    words = {"address": _("Link"), "copy": _("Copy the link"), "copied": _("Copied")}
    st.success(_("Scan it with the hall's phone, or copy the link and send it. It is shown only now."))
    component = st.components.v2.component("rounds_link", html='<div class="link"></div>', css=CSS, js=JS)
    component(data={"address": address, "svg": qr_svg(address), "words": words}, key="link_given")
    told = _("Valid until {time}. Whoever holds it can write this one answer; only the branch submits it.")
    st.caption(plain(told.format(time=format_instant(me.locale, link.expires_at))))


def hand_over(me: Here, view: FindingView) -> None:
    """A hall manager tells the branch that the answer is written; it can be changed until the branch submits it."""
    finding = view.row.finding
    mine = delegating.own(me.db, me.actor, finding.id or 0)
    if mine is None:
        return
    if mine.handed_over_at and mine.handed_over_cycle == finding.cycle:
        told = me._("Handed over {time}. The branch submits it; until then you can still change it.")
        st.success(plain(told.format(time=format_instant(me.locale, mine.handed_over_at))))
    elif st.button(me._("Done: hand over to the branch"), type="primary", key="hand_over"):
        done = me._("Handed over. The branch looks at it and submits it.")
        act(me.locale, lambda: delegating.hand_over(me.db, me.actor, finding.id or 0), done)


def standing(me: Here, view: FindingView) -> None:
    """To whom the finding is delegated now, how far they are, and the way to take it back."""
    if not view.may_answer:
        return
    finding = view.row.finding
    people = reading.hall_managers(me.db, me.actor, finding.id or 0)
    for row in delegating.delegations(me.db, me.actor, finding.id or 0):
        if row.revoked_at or not _open(finding.state):
            continue
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            with st.container():
                who = me._("A link for a phone") if row.token_sha256 else people.get(row.account_id or 0, "")
                st.text(" · ".join(part for part in (who, row.note) if part))
                st.caption(plain(" · ".join(_how_far(me, row, finding.cycle))))
            if st.button(me._("Take it back"), key=f"revoke_{row.id}"):
                _take_back(row)


def _open(state: str) -> bool:
    try:
        step_for(state, "submit")
    except RoundsError:
        return state in ("issued", "awaiting_support")
    return True


def _how_far(me: Here, row: Delegation, cycle: int) -> list[str]:
    _, said = me._, []
    if row.handed_over_at and row.handed_over_cycle == cycle:
        said.append("✓ " + _("Handed over {time}").format(time=format_instant(me.locale, row.handed_over_at)))
    elif row.token_sha256:
        opened = format_instant(me.locale, row.used_at)
        said.append(_("Opened {time}").format(time=opened) if opened else _("Not opened yet"))
    else:
        said.append(_("Delegated {time}").format(time=format_instant(me.locale, row.given_at)))
    if row.expires_at:
        over = row.expires_at <= clock.now()
        until = format_instant(me.locale, row.expires_at)
        said.append(_("expired {time}").format(time=until) if over else _("valid until {time}").format(time=until))
    return said


def _take_back(row: Delegation) -> None:
    _ = here()._

    def do(me: Here) -> str:
        delegating.revoke(me.db, me.actor, row.id or 0)
        return me._("Taken back.")

    what = (
        _("The link opens nothing any more. What was written stays.")
        if row.token_sha256
        else _("The manager no longer sees the finding. What was written stays.")
    )
    confirm(_("Take the delegation back?"), what, _("Take it back"), do)
