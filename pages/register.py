"""The register's former address: it leads to the list of findings, narrowed as it was."""

import streamlit as st

st.switch_page("findings.py", query_params=st.query_params.to_dict())
