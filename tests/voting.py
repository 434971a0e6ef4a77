"""Voters for the contest of `tests.contesting`: by phone, by token and as employees."""

from dataclasses import dataclass, field

from sqlmodel import col, select

from audit.db.models import Ballot, BallotName, Contestant, ContestTally, Quarantine, Season
from audit.domain.contest.season import VoterKind
from audit.services.contest import ballots, voters
from audit.services.contest.keys import keyed
from audit.services.contest.sign_in import ContestantSession
from audit.services.contest.voters import Proof
from tests.contesting import Contest


@dataclass
class Booth:
    """Casts ballots in a contest, each by default from an address and a device of its own."""

    contest: Contest
    season: Season = field(init=False)
    codes: list[str] = field(init=False)
    devices: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.reload()
        with self.contest.db.read() as session:
            rows = dict(session.exec(select(Contestant.id, Contestant.code)).all())
        self.codes = [rows[id_] for id_ in self.contest.ids]

    def reload(self) -> None:
        """Read the season anew."""
        with self.contest.db.read() as session:
            self.season = session.get_one(Season, self.contest.season_id)

    def me(self, place: int) -> ContestantSession:
        """A contestant, signed in."""
        return ContestantSession(self.contest.ids[place], self.contest.season_id, "")

    def known(self, who: object) -> Proof:
        """A voter whose phone was verified already."""
        return Proof(VoterKind.PHONE, keyed(self.season, "phone", who))

    def cast(self, who: object, places: list[int], address: str | None = None, device: str | None = None) -> str:
        """A ballot of a voter for the contestants at these places; returns the receipt."""
        number = abs(hash(who)) % 2**24
        where = voters.signals(
            self.season,
            address if address is not None else f"{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}.1",
            self.device(f"device of {who}" if device is None else device),
            "browser",
        )
        proof = who if isinstance(who, Proof) else self.known(who)
        return ballots.cast(self.contest.db, self.season, proof, [self.codes[place] for place in places], where)

    def device(self, name: str) -> str:
        """The signed cookie of a browser; "" has none."""
        return self.devices.setdefault(name, voters.new_device(self.season)) if name else ""

    def votes(self) -> list[int]:
        """The votes of each contestant, by the tallies."""
        with self.contest.db.read() as session:
            rows = dict(session.exec(select(ContestTally.contestant_id, ContestTally.votes)).all())
        return [rows[id_] for id_ in self.contest.ids]

    def held(self) -> list[Quarantine]:
        """What is or was held back."""
        with self.contest.db.read() as session:
            return list(session.exec(select(Quarantine).order_by(col(Quarantine.ballot_id))).all())

    def ballots(self) -> list[tuple[Ballot, list[int]]]:
        """All ballots with the ids of their names."""
        with self.contest.db.read() as session:
            rows = session.exec(select(Ballot).order_by(col(Ballot.id))).all()
            names = session.exec(select(BallotName)).all()
        return [(row, [name.contestant_id for name in names if name.ballot_id == row.id]) for row in rows]
