"""Where state is kept: models, engines, queries, migrations."""
