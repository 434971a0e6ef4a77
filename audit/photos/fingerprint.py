"""Two perceptual hashes of a picture, 64 bits each as 16 hex digits: alike pictures differ in few bits.

pHash: signs, about their median, of the 8 × 8 lowest cosine frequencies of the grey picture at 32 × 32 (robust to
brightness and compression). dHash: is each pixel of the grey picture at 9 × 8 brighter than its left neighbour (robust
to colour). One alone errs on plain walls; reuse is flagged only where both agree.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def _cosines(size: int, kept: int) -> NDArray[np.float64]:
    """The first `kept` rows of the DCT-II matrix for `size` samples (unscaled: only signs about the median count)."""
    angles = np.pi / size * (np.arange(size) + 0.5) * np.arange(kept)[:, None]
    return np.asarray(np.cos(angles), np.float64)


_LOW = _cosines(32, 8)


def phash(grey: Image.Image) -> str:
    """pHash of a picture in mode L."""
    small = np.asarray(grey.resize((32, 32), Image.Resampling.BOX), np.float64)
    low = _LOW @ small @ _LOW.T
    return _hex(low > np.median(low))


def dhash(grey: Image.Image) -> str:
    """dHash of a picture in mode L."""
    small = np.asarray(grey.resize((9, 8), Image.Resampling.BOX))
    return _hex(small[:, 1:] > small[:, :-1])


def _hex(bits: NDArray[np.bool_]) -> str:
    return np.packbits(bits.ravel()).tobytes().hex()
