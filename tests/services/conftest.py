"""Fixtures of this folder: a round in the field, and the other sides of the channels."""

from collections.abc import Iterator

import pytest

from tests.buckets import bucket, s3_endpoint  # noqa: F401
from tests.hands import field, hands, intake  # noqa: F401
from tests.telling import Mailbox, Receiver, mailbox, receiver


@pytest.fixture
def web() -> Iterator[Receiver]:
    """A web server that keeps what is posted to it."""
    with receiver() as kept:
        yield kept


@pytest.fixture
def mail() -> Iterator[Mailbox]:
    """A mail server that keeps what it receives."""
    with mailbox() as kept:
        yield kept
