"""Use cases: one function = permission + scope + change + event, in one transaction."""
