"""The fonts of documents in a test's data folder: cut once for all tests, because that takes two seconds."""

import shutil

from audit.services.installation import Installation
from exports import fonts
from tests.exports.conftest import SHARED


def lay_fonts_ready(house: Installation) -> None:
    """Put the fonts where the first document would put them."""
    fonts.prepare(SHARED / "fonts")
    shutil.copytree(SHARED / "fonts", house.settings.home / "cache" / "fonts", dirs_exist_ok=True)
