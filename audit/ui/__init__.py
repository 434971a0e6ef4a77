"""Shared Streamlit parts."""
