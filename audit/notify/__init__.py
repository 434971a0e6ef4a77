"""Messages to people: in-app and through outside channels."""
