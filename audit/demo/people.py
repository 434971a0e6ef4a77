"""The demo city's people: invented Chinese names with pinyin, no two alike in one city."""

import random
from dataclasses import dataclass

from audit.demo.texts import read


@dataclass(frozen=True)
class Name:
    """A person's name in Chinese and, family name first, in pinyin."""

    zh: str
    en: str


class Names:
    """Gives a new name at every call."""

    def __init__(self, rng: random.Random) -> None:
        source = read("names")
        pairs = [(surname.split(), given.split()) for surname in source["surnames"] for given in source["given"]]
        rng.shuffle(pairs)
        self._pairs = iter(pairs)

    def next(self) -> Name:
        """A name nobody has yet; raises StopIteration after some 3,000."""
        surname, given = next(self._pairs)
        return Name(surname[0] + given[0], f"{surname[1]} {given[1]}")
