"""The seeded demo city, built through the services like any user would."""
