"""Reads that more than one service or page needs, each one query."""
