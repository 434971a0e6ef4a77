"""Tables and small pure functions: the rules, with no framework and no database."""
