"""Documents: a frozen report value in, a file out."""
