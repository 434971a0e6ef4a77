"""Which ballots a person should look at before they count: floods and concentrations.

A flood is too many from one device, one subnet, or for one contestant (`FLOODS`). A concentration is too many for one
contestant that have something in common and are most of what has it (`SHARES`): a crowd in a hall names its staff,
somebody who votes for themselves does not. Addresses and devices are signals, never keys: nobody is refused for them.
The thresholds are data of the season.
"""

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass

from audit.domain.addresses import network
from audit.domain.contest.rules import AnomalyRules, Limit, ShareLimit

FLOODS = ("device", "network", "burst")  # in this order: the narrower one names the reason
# Of one contestant's newest ballots: those that have this in common → what they are most of. In this order.
SHARES = {
    "name_outlet": "all ballots by tokens of the same outlet",
    "name_network": "all ballots from the same subnet",
    "fresh": "all ballots for the contestant; these came from devices that had never voted before",
}
OWN_PHONE = "own_phone"  # cast for a contestant by a phone that the roster later says is their own
SIGNALS = (*FLOODS, *SHARES, OWN_PHONE)
V4_BITS, V6_BITS = 24, 56  # of an address: what one household, hall or rented server has


@dataclass(frozen=True)
class Suspicion:
    """Why a ballot is held back: a code of `SIGNALS`, how many ballots came within how many seconds."""

    reason: str
    ballots: int
    seconds: int


@dataclass(frozen=True)
class Share:
    """Within a limit's time: `ballots` for one contestant have something in common, which `of` ballots have."""

    ballots: int
    of: int


def concentrated(limit: ShareLimit, share: Share) -> bool:
    """Whether one contestant's ballots are too many and too much of what they are compared with."""
    return share.ballots > limit.ballots and 100 * share.ballots > limit.share * share.of


def too_many(limit: Limit, earlier: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether one more ballot now is more than the limit.

    `earlier`: when the `limit.ballots`-th newest ballot before this one was cast; None when there are fewer.
    """
    return earlier is not None and now - earlier < dt.timedelta(seconds=limit.seconds)


def suspicion(rules: AnomalyRules, earlier: Mapping[str, dt.datetime | None], now: dt.datetime) -> Suspicion | None:
    """Why a ballot is to be held back, or None. `earlier`: for each signal what `too_many` wants to know."""
    for reason in FLOODS:
        limit, since = limit_of(rules, reason), earlier.get(reason)
        if since is not None and too_many(limit, since, now):
            return Suspicion(reason, limit.ballots + 1, max(1, math.ceil((now - since).total_seconds())))
    return None


def limit_of(rules: AnomalyRules, reason: str) -> Limit:
    """The threshold of a signal."""
    found: Limit = getattr(rules, reason)
    return found


def share_limit_of(rules: AnomalyRules, reason: str) -> ShareLimit:
    """The threshold of one of `SHARES`."""
    found: ShareLimit = getattr(rules, reason)
    return found


def subnet(address: str) -> str:
    """The subnet of an address as text; what is no address stands for itself."""
    return network(address, V4_BITS, V6_BITS)
