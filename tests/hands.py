"""Photo store, intake and a round in the field, as fixtures: `from tests.hands import field, hands, intake`."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from audit.errors import RoundsError
from audit.photos.intake import IntakePool
from audit.photos.local import LocalStore
from tests.factories import City
from tests.field import Field, take_the_field


class Hands:
    """Photo store and intake, as the services are given them."""

    def __init__(self, store: LocalStore, intake: IntakePool) -> None:
        self.photos, self.intake = store, intake


@pytest.fixture(scope="module")
def intake() -> Iterator[IntakePool]:
    """One worker process for a module's photos."""
    pool = IntakePool(1)
    yield pool
    pool.close()


@pytest.fixture
def hands(tmp_path: Path, intake: IntakePool) -> Hands:
    """An empty photo store, and the module's intake."""
    return Hands(LocalStore(tmp_path / "photos"), intake)


@pytest.fixture
def field(city: City) -> Field:
    """A published round with its visits planned, on both databases."""
    return take_the_field(city)


def refusal(act: Callable[[], object]) -> RoundsError:
    """The refusal that an act meets; the test fails when it meets none."""
    with pytest.raises(RoundsError) as caught:
        act()
    return caught.value
