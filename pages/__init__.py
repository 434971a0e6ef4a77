"""One screen a file: widgets and service calls only."""
