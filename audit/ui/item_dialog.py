"""One item of a checklist with all that is said about it, and the reference photo that shows how it should look."""

from html import escape

import streamlit as st

from audit.domain.checklist import Item
from audit.domain.permissions import may_somewhere
from audit.i18n import pick
from audit.services import reference_photos
from audit.services.checklists import Version
from audit.services.installation import installation
from audit.services.reference_photos import STATES, Pictures
from audit.ui.asking import asking
from audit.ui.page import Here, act, here, plain
from audit.ui.words import N_

# fmt: off
FIELDS = {
    "version": N_("Version"), "title_zh": N_("Chinese title"), "title_en": N_("English title"), "kind": N_("Kind"),
    "weight": N_("Weight"), "section": N_("Section"), "text_zh": N_("Chinese text"), "text_en": N_("English text"),
    "guidance_zh": N_("Chinese guidance"), "guidance_en": N_("English guidance"), "points": N_("Points"),
    "critical": N_("Critical item"), "photo": N_("Photo asked for"), "evidence": N_("Evidence"),
    "severity": N_("Severity"), "requirement_zh": N_("Chinese requirement"),
    "requirement_en": N_("English requirement"), "criterion_zh": N_("Chinese acceptance criterion"),
    "criterion_en": N_("English acceptance criterion"), "show_if": N_("Shown only if"),
    "reference_photo": N_("Reference photo"),
}
VALUES = {
    "critical": {"yes": N_("Yes"), "no": N_("No")},
    "photo": {"never": N_("not asked for"), "on_fail": N_("when it fails"), "always": N_("always")},
    "evidence": {"photo": N_("photo"), "training_record": N_("training record"), "retest": N_("re-test")},
    "severity": {"critical": N_("Critical"), "major": N_("Major"), "minor": N_("Minor")},
}
# fmt: on
FORMATS = ["jpg", "jpeg", "png", "webp", "heic"]
MEGABYTES = 20  # of one photo, as the intake takes them


def field_value(me: Here, field: str, value: str) -> str:
    """The word for a value of an item's field."""
    known = VALUES.get(field, {}).get(value)
    return me._(known) if known else value


def open_item(version: Version, item: Item) -> None:
    """Show an item over the page; those who keep checklists can give it a reference photo."""
    me = here()
    _ = me._

    @asking(plain(f"{item.code} {pick(me.locale, item.text_zh, item.text_en)}"), width="large")
    def show() -> None:
        now = here()
        st.caption(plain(item.text_zh if now.locale == "en" else item.text_en))
        for title, zh, en in (
            (_("How to look"), item.guidance_zh, item.guidance_en),
            (_("What is asked of the branch when it fails"), item.requirement_zh, item.requirement_en),
            (_("What is accepted as done"), item.criterion_zh, item.criterion_en),
        ):
            st.markdown(f"**{title}**")
            st.text(pick(now.locale, zh, en) or "–")
        facts = [(field, getattr(item, field)) for field in ("points", "severity", "photo", "evidence")]
        told = [(_(FIELDS[field]), field_value(now, field, str(value))) for field, value in facts]
        st.caption(" · ".join(_("{what}: {text}").format(what=what, text=text) for what, text in told))
        _reference_photo(now, version, item)

    show()


def _reference_photo(me: Here, version: Version, item: Item) -> None:
    """The photo, and for those who keep checklists the way to attach, replace or remove it."""
    _ = me._
    pictures = reference_photos.of_version(me.db, me.actor, version.id).get(item.code)
    keeps = may_somewhere(me.actor, "checklist.manage") and version.status in STATES
    if not pictures and not keeps:
        return
    st.markdown(f"**{_('Reference photo')}**")
    if pictures:
        _picture(pictures, _("Reference photo"))
    elif item.reference_photo:
        st.caption(plain(_("The file of this checklist names {name} for it.").format(name=item.reference_photo)))
    if keeps:
        _change_photo(me, version, item, pictures)


def _picture(pictures: Pictures, name: str) -> None:
    st.html(
        f'<a href="/photos/reference/{pictures["picture"]}" target="_blank"><img src="/photos/reference/'
        f'{pictures["picture"]}" alt="{escape(name)}" style="max-width:100%;max-height:380px;border-radius:8px"></a>'
    )


def _change_photo(me: Here, version: Version, item: Item, pictures: Pictures | None) -> None:
    _ = me._
    st.caption(_("How it looks when it is right. Inspectors see it on the tablet, also without a connection."))
    label = _("Attach a photo (at most {limit} MB)")
    if pictures:
        label = _("Replace it by another photo (at most {limit} MB)")
    file = st.file_uploader(
        label.format(limit=MEGABYTES),
        type=FORMATS, max_upload_size=MEGABYTES, key=f"reference_{version.id}_{item.code}",
    )  # fmt: skip
    with st.container(horizontal=True):
        if file is not None and st.button(_("Keep this photo"), type="primary"):
            house, data = installation(), file.getvalue()

            def attach() -> None:
                reference_photos.attach(me.db, me.actor, house.photos, house.intake, version.id, item.code, data)

            act(me.locale, attach, _("Kept. Tablets get it with their next connection."))
        if pictures and st.button(_("Remove the photo")):
            act(
                me.locale,
                lambda: reference_photos.remove(me.db, me.actor, version.id, item.code),
                _("Removed."),
            )
