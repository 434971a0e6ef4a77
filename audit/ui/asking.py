"""Dialogs that do their work once: whoever presses the button twice does not do it twice, nor find the dialog again."""

from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import RerunException


def asking(title: str, **options: Any) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """`st.dialog` for a function without arguments that ends by drawing the page anew (`st.rerun`).

    A second press arrives as a run of the dialog alone, after the first one did its work. Streamlit would then draw the
    dialog once more, over a page on which everything is done.
    """

    def made(ask: Callable[[], None]) -> Callable[[], None]:
        over = False

        def once() -> None:
            nonlocal over
            if over:
                st.rerun()
            try:
                ask()
            except RerunException as leaving:
                over = not leaving.rerun_data.is_fragment_scoped_rerun
                raise

        return st.dialog(title, **options)(once)

    return made
