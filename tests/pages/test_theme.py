"""Streamlit's theme is the design tokens, nothing else; and what people tap is large enough."""

import tomllib

import pytest

from audit.config import PROJECT
from audit.tokens import BASE_FONT_PX, CHART, DARK, FONT_FAMILY, LIGHT, RADIUS_PX, TARGET_PX
from audit.ui import style, table

THEME = tomllib.loads((PROJECT / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
COLOURS = {
    "primaryColor": "primary",
    "backgroundColor": "background",
    "secondaryBackgroundColor": "surface",
    "textColor": "text",
    "borderColor": "border",
    "linkColor": "primary-strong",
}


@pytest.mark.parametrize(("part", "tokens"), [("light", LIGHT), ("dark", DARK)])
def test_the_colours_are_the_tokens(part: str, tokens: dict[str, str]) -> None:
    assert THEME[part] == {option: tokens[name] for option, name in COLOURS.items()}


def test_sizes_fonts_and_chart_colours_are_the_tokens() -> None:
    assert THEME["baseFontSize"] == BASE_FONT_PX
    assert THEME["baseRadius"] == THEME["buttonRadius"] == f"{RADIUS_PX}px"
    assert THEME["font"] == FONT_FAMILY.replace('"', "")
    assert tuple(THEME["chartCategoricalColors"]) == CHART


def test_targets_are_as_high_as_the_tokens_say() -> None:
    assert f"min-height:{TARGET_PX}px" in style.CSS
    assert f"height:{TARGET_PX}px" in table.CSS
