"""What differs between two versions of a checklist."""

from dataclasses import dataclass, fields
from typing import Any

from audit.domain import conditions
from audit.domain.checklist import Checklist, Item, Section


@dataclass(frozen=True)
class Change:
    """One field of one thing: `what` is "checklist", "section" or "item"; `old` and `new` are as shown to people."""

    what: str
    code: str
    field: str
    old: str
    new: str


@dataclass(frozen=True)
class Changes:
    """From one version to another. An item that moved to another section is a change of its field "section"."""

    added: tuple[Item, ...]
    removed: tuple[Item, ...]
    changed: tuple[Change, ...]
    reordered: bool

    @property
    def none(self) -> bool:
        """Whether the two say the same in the same order."""
        return not (self.added or self.removed or self.changed or self.reordered)


def compare(old: Checklist, new: Checklist) -> Changes:
    """Items and sections are the same when their codes are."""
    before, after = {item.code: item for item in old.items()}, {item.code: item for item in new.items()}
    kept = [code for code in after if code in before]
    changed = _changes("checklist", new.code, old, new)
    sections = {section.code: section for section in old.sections}
    for section in new.sections:
        earlier = sections.pop(section.code, None)
        if earlier is None:
            changed.append(Change("section", section.code, "title_zh", "", section.title_zh))
        else:
            changed += _changes("section", section.code, earlier, section)
    changed += [Change("section", section.code, "title_zh", section.title_zh, "") for section in sections.values()]
    for code in kept:
        was, is_now = old.section_of(code), new.section_of(code)
        if was and is_now and was.code != is_now.code:
            changed.append(Change("item", code, "section", was.code, is_now.code))
        changed += _changes("item", code, before[code], after[code])
    return Changes(
        added=tuple(item for code, item in after.items() if code not in before),
        removed=tuple(item for code, item in before.items() if code not in after),
        changed=tuple(changed),
        reordered=kept != [code for code in before if code in after],
    )


def _changes(what: str, code: str, old: Any, new: Any) -> list[Change]:
    part: type[Checklist | Section | Item] = type(new)
    names = [field.name for field in fields(part) if field.name not in ("sections", "items")]
    return [
        Change(what, code, name, _shown(getattr(old, name)), _shown(getattr(new, name)))
        for name in names
        if getattr(old, name) != getattr(new, name)
    ]


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (conditions.Comparison, conditions.Joined)):
        return conditions.write(value)
    return str(value)
