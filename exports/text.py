"""Texts as documents can show them."""

import re

# Control characters cannot be in XML, lone surrogates cannot be in UTF-8, and directional overrides would make a
# printed word read as another one.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffe\uffff]")


def printable(text: str) -> str:
    """`text` without the characters that a document cannot or must not hold; everything else unchanged."""
    return _UNPRINTABLE.sub("", text)
