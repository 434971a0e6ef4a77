"""The command line, one file a subject; `audit.__main__` assembles them."""
