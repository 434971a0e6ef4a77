"""Photo intake and the content-addressed stores of photos and documents."""
