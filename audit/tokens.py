"""Design tokens: the one place for colours and sizes.

Streamlit's theme, the tablet form, the public pages and the documents all read these. The stage and grade colours
are taken from a set that stays distinguishable with colour-blind vision (after Okabe and Ito, 2008), and each is
always shown beside a word or a sign.
"""

import re

# fmt: off
LIGHT = {
    "primary":        "#14614a",
    "primary-strong": "#0d4a38",
    "primary-soft":   "#e3f0ea",
    "on-primary":     "#ffffff",
    "background":     "#ffffff",
    "surface":        "#f5f7f6",
    "border":         "#d5dcd9",
    "text":           "#1b2622",
    "muted":          "#5a6863",
    "danger":         "#b3261e",
    "warning":        "#8a5a00",
}
DARK = {
    "primary":        "#5cc29d",
    "primary-strong": "#83d8b9",
    "primary-soft":   "#1c3a30",
    "on-primary":     "#06231a",
    "background":     "#121816",
    "surface":        "#1b2320",
    "border":         "#35423d",
    "text":           "#e6ece9",
    "muted":          "#9caaa4",
    "danger":         "#ff8a80",
    "warning":        "#ffcf70",
}
#                 colour     sign   (the word comes from the catalogue)
RATINGS = {
    "pass":      ("#1b7f5c", "✓"),
    "partial":   ("#b07400", "◐"),
    "fail":      ("#c2452d", "✕"),
    "na":        ("#6b7772", "–"),
    "later":     ("#3568a8", "…"),
}
STAGES = {
    "check":       ("#3568a8", "1"),
    "communicate": ("#8f5ba8", "2"),
    "rectify":     ("#b07400", "3"),
    "feedback":    ("#1b7f5c", "4"),
    "done":        ("#6b7772", "✓"),
}
GRADES = {
    "excellent": ("#1b7f5c", "★"),
    "good":      ("#3568a8", "▲"),
    "qualified": ("#b07400", "●"),
    "failed":    ("#c2452d", "✕"),
}
SEVERITIES = {
    "critical": ("#a3261b", "‼"),
    "major":    ("#c2452d", "!"),
    "minor":    ("#b07400", "·"),
}
CHART = ("#14614a", "#3568a8", "#b07400", "#8f5ba8", "#c2452d", "#4b8f8c")
# fmt: on

FONT_FAMILY = '"Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif'
BASE_FONT_PX = 17
TARGET_PX = 48  # the smallest side of anything meant to be tapped
RADIUS_PX = 8


def css_variables() -> str:
    """The tokens as CSS custom properties, light by default and dark where the system asks for it."""

    def block(colours: dict[str, str]) -> str:
        return "".join(f"--{name}:{value};" for name, value in colours.items())

    fixed = "".join(
        f"--{group}-{name}:{colour};"
        for group, table in (("rating", RATINGS), ("stage", STAGES), ("grade", GRADES), ("severity", SEVERITIES))
        for name, (colour, _) in table.items()
    )
    sizes = f"--font:{FONT_FAMILY};--base:{BASE_FONT_PX}px;--target:{TARGET_PX}px;--radius:{RADIUS_PX}px;"
    return (
        f":root{{color-scheme:light dark;{block(LIGHT)}{fixed}{sizes}}}"
        f"@media (prefers-color-scheme:dark){{:root{{{block(DARK)}}}}}"
    )


def css_literal(source: str, colours: dict[str, str]) -> str:
    """A style sheet with the tokens' values in the place of `var(--…)`. Raises `KeyError` for a token there is not."""
    known = colours | {"font": FONT_FAMILY} | {f"stage-{name}": colour for name, (colour, _) in STAGES.items()}
    return re.sub(r"var\(--([a-z-]+)\)", lambda found: known[found.group(1)], source)


def icon_svg() -> str:
    """The product's mark: a round walked clockwise, with the tick at its end."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
        f'<rect width="64" height="64" rx="14" fill="{LIGHT["primary"]}"/>'
        '<path d="M50 32a18 18 0 1 1-7-14.2" fill="none" stroke="#fff" stroke-width="5" stroke-linecap="round"/>'
        '<path d="M23 32l7 7 17-19" fill="none" stroke="#fff" stroke-width="5" stroke-linecap="round" '
        'stroke-linejoin="round"/></svg>'
    )
