"""Two people of one name are told apart where one of them is to be chosen."""

from collections import Counter
from collections.abc import Iterable


def told_apart(people: Iterable[tuple[int | None, str, str]]) -> dict[int, str]:
    """Account id → name, in the order given: `(id, name, sign-in name)`.

    Whoever shares a name with another of them is told with the sign-in name, which is unique: `李娜 (lina2)`.
    """
    rows = list(people)
    often = Counter(name for _, name, _ in rows)
    return {number or 0: f"{name} ({sign_in})" if often[name] > 1 else name for number, name, sign_in in rows}
