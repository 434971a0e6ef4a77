"""Many fingerprints at once: which of 100,000 photos look like this one, in a millisecond."""

from collections.abc import Sequence

import numpy as np

from audit.domain.photos import MOST_DHASH_BITS, MOST_PHASH_BITS

HASHES, UUID = 32, 36  # characters: pHash and dHash of 16 hex digits each, then the photo's UUID


class Fingerprints:
    """Fingerprints side by side, read from one text: `phash + dhash + uuid` of each photo, one after another.

    A database puts such a text together much faster than it hands over rows: for 100,000 photos, 45 ms of CPU in
    place of 210. Raises ValueError for a text of another shape.
    """

    def __init__(self, packed: str) -> None:
        records = np.frombuffer(packed.encode("ascii"), np.uint8).reshape(-1, HASHES + UUID)
        hashes = np.frombuffer(bytes.fromhex(records[:, :HASHES].tobytes().decode("ascii")), ">u8").reshape(-1, 2)
        self._phash, self._dhash = np.ascontiguousarray(hashes[:, 0]), np.ascontiguousarray(hashes[:, 1])
        self._uuids = records[:, HASHES:]

    def near(self, phash: str, dhash: str) -> Sequence[str]:
        """The UUIDs of all photos within the bounds of `domain.photos.is_reuse`, the photo itself included."""
        found = np.flatnonzero(np.bitwise_count(self._phash ^ np.uint64(int(phash, 16))) <= MOST_PHASH_BITS)
        found = found[np.bitwise_count(self._dhash[found] ^ np.uint64(int(dhash, 16))) <= MOST_DHASH_BITS]
        return [self._uuids[place].tobytes().decode("ascii") for place in found]
