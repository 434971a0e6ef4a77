"""What the theme cannot say: our own Chinese font, tap targets of 48 px, a calm width, little air above the title, dark
words on the pale green of the dark theme (white ones had a contrast of 2.2, these 7.8).

Streamlit's widgets hold a few English words that no parameter changes. They are made invisible here, and the person's
language is drawn in their place. Calendars and dates are written in the language that the browser names: it is told to
name the person's.
"""

import streamlit as st

from audit.i18n import translator
from audit.tokens import DARK, LIGHT, RADIUS_PX, TARGET_PX
from audit.ui.spoken import script
from audit.ui.words import N_

CSS = f"""<style>
@import url("/tablet/lib/@fontsource/noto-sans-sc/400.css");
@import url("/tablet/lib/@fontsource/noto-sans-sc/700.css");
[data-testid=stButton] button,[data-testid=stDownloadButton] button,[data-testid=stFormSubmitButton] button,
[data-testid=stLinkButton] a,[data-testid=stButtonGroup] button,[data-testid=stTopNavLink],
[data-testid=stPopover] button,[data-testid=stPageLink] a,[data-testid=stTab],
[data-testid=stRadio] label,[data-testid=stCheckbox] label,
[data-testid=stTextInputRootElement],[data-testid=stDateInputField],
[data-testid=stSelectbox] .react-aria-ComboBox>div,[data-testid=stMultiSelect] [role=group],
[data-testid=stMultiSelect] [data-baseweb=select]>div,
[data-testid=stFileUploader] button,[data-testid=stExpander] summary,[data-testid=stTopNavSection],
[data-testid=stSidebarNavLink]{{min-height:{TARGET_PX}px}}
[data-testid=stSelectbox] .react-aria-ComboBox>div,[data-testid=stTextInputRootElement],
[data-testid=stCheckbox] label{{align-items:center}}
[data-testid=stCheckbox]{{margin-bottom:0!important}}
[data-testid=stDateInputCalendarButton]{{position:relative}}
[data-testid=stDateInputCalendar],[data-testid=stDateInputCalendar]>[role=application],
[data-testid=stDateInputCalendar] table{{width:max-content}}
[data-testid=stDateInputCalendar] :is([role=gridcell]>*,th,button[slot]){{width:{TARGET_PX}px;height:{TARGET_PX}px}}
[data-testid=stDateInputCalendar] button:not([tabindex="-1"]){{min-height:{TARGET_PX}px}}
[data-testid=stDateInputCalendarButton]::after{{content:"";position:absolute;inset:-1rem}}
:has(>.st-key-language),.st-key-language{{display:none}}
[data-testid=stPageLink] a{{border:1px solid var(--st-border-color,#d5dcd9);border-radius:{RADIUS_PX}px;
 padding:0 .9rem;display:inline-flex;align-items:center;width:max-content}}
.signout{{min-height:{TARGET_PX}px;padding:0 .9rem;font:inherit;color:inherit;background:none;cursor:pointer;
 border:1px solid var(--st-border-color,#d5dcd9);border-radius:{RADIUS_PX}px}}
[data-testid=stMainBlockContainer]{{max-width:1080px;padding-top:4.5rem;padding-bottom:4rem}}
[data-testid=stMainBlockContainer] h1{{font-size:1.75rem;padding:.2rem 0 0}}
[data-testid=stMainBlockContainer] h2{{font-size:1.3rem}}
[data-testid=stMainBlockContainer] h3{{font-size:1.1rem}}
[class*=st-key-bell]{{position:fixed;top:.5rem;right:.75rem;z-index:1000001;width:auto}}
.st-key-bell_new a,.st-key-bell_new a:hover{{background:{LIGHT["primary"]};border-color:{LIGHT["primary"]}}}
.st-key-bell_new a p{{font-weight:700;color:{LIGHT["on-primary"]}}}
@media (prefers-color-scheme:dark){{
 [data-testid^=stBaseButton-primary]:enabled,[data-testid^=stBaseButton-primary]:enabled *,
 [data-testid^=stBaseLinkButton-primary],[data-testid^=stBaseLinkButton-primary] *,
 [data-testid=stMultiSelect] [data-tag],[data-testid=stMultiSelect] [data-tag] *{{color:{DARK["on-primary"]}}}}}
[data-testid=stDialog]>:has([role=dialog]){{overflow:clip}}
[role=dialog] [data-testid=stElementContainer]:has([data-testid=stAlertContentError]){{position:sticky;bottom:.5rem;
 z-index:3;background:var(--st-background-color,#fff);border-radius:{RADIUS_PX}px}}
[data-testid=stHorizontalBlock]>:has(>[data-testid=stAlert] [data-testid=stAlertContentError]){{flex:1 0 100%;order:1}}
[data-testid=InputInstructions],[data-testid=stFileUploaderDropzoneInstructions]{{display:none}}
@media (max-width:800px){{
 [data-testid=stTopNavLink],[data-testid=stTopNavSection]{{padding-left:.4rem;padding-right:.3rem}}
 [data-testid=stMainBlockContainer]{{padding-left:1rem;padding-right:1rem}}}}
"""

# A dialog that Streamlit opens by itself; those of our pages hold a block of widgets.
OWN_DIALOG = "section[role=dialog]:has(>h2[slot=title]):not(:has([data-testid=stVerticalBlock]))"
CONNECTED = ":has([data-test-connection-state=CONNECTED])"

# fmt: off
WORDS = {
    # what is read            where Streamlit's own words stand
    N_("Choose a file"):      "[data-testid=stFileUploaderDropzone]>span [data-testid=stBaseButton-secondary] p",
    N_("Drop the file here"): "[data-testid=stFileUploaderDropzone]>div:not([data-testid]):has(>span:only-child)>span",
    N_("Not accepted: look at what is asked for."): "[data-testid=stTooltipErrorContent]",
    N_("Nothing found"):      "[role=listbox][data-empty] [role=option]>*",
    N_("This page is not among yours"):
        f":root{CONNECTED} {OWN_DIALOG}>h2",
    N_("It does not exist, or your roles do not open it. Your first page is shown instead."):
        f":root{CONNECTED} {OWN_DIALOG}>div>div",
    N_("Connection lost"):      f":root:not({CONNECTED}) {OWN_DIALOG}>h2",
    N_("The server does not answer. Pages go on by themselves as soon as it does; text not yet saved is still here."):
        f":root:not({CONNECTED}) {OWN_DIALOG}>div>div",
}
# fmt: on
REFUSED = "[data-testid=stFileUploaderDropzone]:has([data-testid=stFileChip][aria-invalid=true])"  # by the browser
# In English texts: the quotation marks and the middle dot of a Chinese font are as wide as hanzi. A browser looks for a
# sign among the faces of one weight alone, and the last one that has it is taken.
NARROW = "".join(
    f"@font-face{{font-family:'Noto Sans SC';font-weight:{weight};unicode-range:U+B7,U+2018-2019,U+201C-201D;"
    f"src:local('Segoe UI{bold}'),local('Roboto{bold}'),local('Helvetica Neue{bold}'),local('Arial{bold}'),"
    f"local('Liberation Sans{bold}'),local('DejaVu Sans{bold}')}}"
    for weight, bold in ((400, ""), (700, " Bold"))
)
SPOKEN = {"zh_CN": "zh-CN", "en": "en-GB"}  # the week begins on Monday in both
LANGUAGE = 'Object.defineProperty(navigator, "language", {value: "%s", configurable: true})'


def apply(locale: str) -> None:
    """Put the style on the page, with its words in a language; once a run."""
    _ = translator(locale)
    words = "".join(
        f'{place}{{font-size:0!important}}{place}>*{{display:none}}{place}::after{{content:"{_(text)}";font-size:1rem}}'
        for text, place in WORDS.items()
    )
    room = "6rem" if locale.startswith("zh") else "9.5rem"  # for the messages, beside the menus
    words += f"[data-testid=stHeader]{{padding-right:{room}}}"
    refused = _("This file is of another kind than asked for, or too big.")
    words += f'{REFUSED}{{flex-wrap:wrap}}{REFUSED}::after{{content:"⚠ {refused}";flex:1 0 100%}}'
    words += NARROW if locale == "en" else ""
    st.html(f"{CSS}{words}</style>")
    with st.container(key="language"):
        st.html(f"<script>{LANGUAGE % SPOKEN[locale]};{script(locale)}</script>", unsafe_allow_javascript=True)
