"""Measured figures: speed, memory and size, with the peer or the limit beside ours."""
