"""Photo intake and the content-addressed photo store."""
