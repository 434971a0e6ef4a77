"""Fixtures of this folder: a round in the field."""

from tests.hands import field, hands, intake  # noqa: F401
