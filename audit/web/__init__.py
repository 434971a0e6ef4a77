"""Everything that is served beside the Streamlit pages."""
