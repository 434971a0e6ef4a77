"""One renderer for all document tests of a process, and the sample's photos drawn once."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from audit.domain.reports import VisitReport
from exports.render import Renderer
from tests.exports.sample_report import draw_photos, sample

# Cutting the fonts takes two seconds of CPU; they depend on nothing but the code, so every test run may share them.
SHARED = Path(tempfile.gettempdir()) / "rounds-test-cache"


@pytest.fixture(scope="session")
def renderer() -> Iterator[Renderer]:
    made = Renderer(SHARED, workers=1)
    yield made
    made.close()


@pytest.fixture(scope="session")
def report() -> VisitReport:
    return sample(photos=24, halls=4)


@pytest.fixture(scope="session")
def files(report: VisitReport, tmp_path_factory: pytest.TempPathFactory) -> dict[UUID, Path]:
    return draw_photos(report, tmp_path_factory.mktemp("photos"))
