"""What the theme cannot say: our own Chinese font, tap targets of 48 px, a calm width, little air above the title."""

import streamlit as st

from audit.tokens import RADIUS_PX, TARGET_PX

CSS = f"""<style>
@import url("/tablet/lib/@fontsource/noto-sans-sc/400.css");
@import url("/tablet/lib/@fontsource/noto-sans-sc/700.css");
[data-testid=stButton] button,[data-testid=stDownloadButton] button,[data-testid=stFormSubmitButton] button,
[data-testid=stLinkButton] a,[data-testid=stButtonGroup] button,[data-testid=stTopNavLink],
[data-testid=stPopover] button,[data-testid=stPageLink] a,[data-testid=stTab],
[data-testid=stRadio] label,[data-testid=stCheckbox] label,
[data-testid=stTextInputRootElement],[data-testid=stDateInput] [data-baseweb=input],
[data-testid=stSelectbox] .react-aria-ComboBox>div,[data-testid=stMultiSelect] [role=group],
[data-testid=stMultiSelect] [data-baseweb=select]>div,[data-testid=stDateInput] [role=group],
[data-testid=stFileUploader] button,[data-testid=stExpander] summary,[data-testid=stTopNavSection],
[data-testid=stSidebarNavLink]{{min-height:{TARGET_PX}px}}
[data-testid=stSelectbox] .react-aria-ComboBox>div,[data-testid=stTextInputRootElement],
[data-testid=stCheckbox] label{{align-items:center}}
[data-testid=stPageLink] a{{border:1px solid var(--st-border-color,#d5dcd9);border-radius:{RADIUS_PX}px;
 padding:0 .9rem;display:inline-flex;align-items:center;width:max-content}}
.signout{{min-height:{TARGET_PX}px;padding:0 .9rem;font:inherit;color:inherit;background:none;cursor:pointer;
 border:1px solid var(--st-border-color,#d5dcd9);border-radius:{RADIUS_PX}px}}
[data-testid=stMainBlockContainer]{{max-width:1080px;padding-top:4.5rem;padding-bottom:4rem}}
[data-testid=stMainBlockContainer] h1{{font-size:1.75rem;padding:.2rem 0 0}}
[data-testid=stMainBlockContainer] h2{{font-size:1.3rem}}
[data-testid=stMainBlockContainer] h3{{font-size:1.1rem}}
[data-testid=InputInstructions]{{display:none}}
@media (max-width:800px){{[data-testid=stMainBlockContainer]{{padding-left:1rem;padding-right:1rem}}}}
</style>"""


def apply() -> None:
    """Put the style on the page; once a run."""
    st.html(CSS)
