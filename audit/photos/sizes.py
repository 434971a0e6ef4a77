"""How large a stored picture is: its header is read, nothing is decoded."""

from pathlib import Path

from PIL import Image


def size_of(path: Path) -> tuple[int, int]:
    """Width and height in pixels of a derivative, which intake made."""
    with Image.open(path) as picture:
        return picture.size
