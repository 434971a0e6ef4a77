"""Pure functions that need numerics; no database."""
