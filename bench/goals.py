"""One line a goal, so that `python -m bench` can gather the lines of all benches into one table."""

MARK = "goal"


def goal(bench: str, what: str, figure: float, limit: float, unit: str = "×", beside: str = "") -> bool:
    """Print one measured figure beside its limit (at most) and whether it held; returns that.

    `unit` is what both are measured in ("×" for a ratio of one run); `beside` names the peer's or the previous figure.
    """
    held = figure <= limit
    print(
        "\t".join(
            (MARK, bench, what, f"{figure:.3g} {unit}", f"<= {limit:g} {unit}", beside, "held" if held else "MISSED")
        )
    )
    return held
