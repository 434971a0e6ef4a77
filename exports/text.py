"""Texts as documents can show them."""

import re
from collections.abc import Sequence

# Control characters cannot be in XML, lone surrogates cannot be in UTF-8, and directional overrides would make a
# printed word read as another one.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffe\uffff]")


def printable(text: str) -> str:
    """`text` without the characters that a document cannot or must not hold; everything else unchanged."""
    return _UNPRINTABLE.sub("", text)


def ranges(numbers: Sequence[int], comma: str) -> str:
    """Ascending numbers with neighbours drawn together: 1–3, 5."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return comma.join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
