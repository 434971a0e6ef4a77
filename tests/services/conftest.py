"""Fixtures of this folder: a round in the field, and the other sides of the channels."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.buckets import bucket, s3_endpoint  # noqa: F401
from tests.contesting import IN_SEASON, found_contest, tallies_differ
from tests.factories import City
from tests.hands import field, hands, intake  # noqa: F401
from tests.telling import Mailbox, Receiver, mailbox, receiver
from tests.voting import Booth


@pytest.fixture
def booth(city: City) -> Iterator[Booth]:
    """A season of a few people on a day of votes; at the end the tallies are what a recount gives."""
    with time_machine.travel(IN_SEASON, tick=False):
        made = Booth(found_contest(city, people=4))
        yield made
    assert tallies_differ(made.contest) == []


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
