"""The HTTP API under /api/v1, which the tablet form uses, and its description."""
