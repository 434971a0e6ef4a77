"""Messages: from the history to people's inboxes and, where they have channels, to them outside."""
