"""Launcher: `python -m audit serve`, or `streamlit run app.py`."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from audit.ui.effective import assert_settings
from audit.web.app import create
from audit.web.lifespan import lifespan
from audit.web.security import Security

assert_settings()
app = st.App(
    Path(__file__).resolve().parent / "pages" / "main.py",
    middleware=[Middleware(Security, web=create())],
    lifespan=lifespan,
)
