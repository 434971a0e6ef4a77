"""Acts: what happens in the city, each at its moment, and the means to play them."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from audit.db.engine import Database
from audit.demo.darkroom import Darkroom
from audit.demo.shots import Order
from audit.photos.store import PhotoStore


@dataclass(frozen=True)
class Means:
    """Where photos and papers are kept, and who makes the photos."""

    photos: PhotoStore
    documents: PhotoStore
    room: Darkroom


@dataclass(frozen=True)
class Act:
    """Something that happens: when, what to do, and the photos it will ask for, in its order."""

    at: dt.datetime
    play: Callable[[Database, Means], None]
    orders: tuple[Order, ...] = ()
