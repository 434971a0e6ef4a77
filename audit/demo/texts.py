"""The demo city's words and places, read from `data/*.yaml` once."""

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

FOLDER = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Hall:
    """A hall's place name (without 营业厅) and its street."""

    zh: str
    en: str
    street: str


@dataclass(frozen=True)
class Branch:
    """A branch of the city: place name, code, zone, seat (latitude, longitude in degrees, GCJ-02), four halls."""

    zh: str
    en: str
    code: str
    zone: str
    seat: tuple[float, float]
    halls: tuple[Hall, ...]


@cache
def read(name: str) -> Any:
    """One data file. Callers must not change what they get."""
    return YAML(typ="safe").load((FOLDER / f"{name}.yaml").read_text("utf-8"))


@lru_cache(maxsize=1)
def branches() -> tuple[Branch, ...]:
    """The 36 branches in the order of the file."""
    return tuple(
        Branch(
            zh=entry["zh"],
            en=entry["en"],
            code=entry["code"],
            zone=entry["zone"],
            seat=(entry["seat"][0], entry["seat"][1]),
            halls=tuple(Hall(*hall) for hall in entry["halls"]),
        )
        for entry in read("branches")
    )
