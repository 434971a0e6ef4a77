"""The rule tables as Markdown, for the architecture page: generated, so that page and code cannot differ."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from audit.config import PROJECT, Settings
from audit.domain.loop import ESCALATIONS, FINDING_TRANSITIONS
from audit.domain.messages import RULES as MESSAGE_RULES
from audit.domain.permissions import PERMISSIONS, ROLES, Role
from audit.domain.visits import ROUND_TRANSITIONS, VISIT_TRANSITIONS, Transition
from audit.errors import ERRORS
from audit.web.routes import RULES

PAGE = PROJECT / "docs" / "architecture.md"


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""

    @app.command()
    def tables(
        write: Annotated[bool, typer.Option(help="Write them into docs/architecture.md.")] = False,
        page: Annotated[Path, typer.Option(help="The page to write into.")] = PAGE,
    ) -> None:
        """Print the rule tables as Markdown, or bring them up to date in the architecture page."""
        if write:
            page.write_text(with_tables(page.read_text("utf-8")), "utf-8")
            typer.echo(str(page))
            return
        for name, lines in all_tables().items():
            typer.echo(f"## {name}\n")
            typer.echo("\n".join(lines) + "\n")


def all_tables() -> dict[str, list[str]]:
    """Name → lines of each table."""
    return {
        "routes": _table(
            ("path", "who", "answered by", "meaning"),
            ((f"`{rule.prefix}`", rule.access, rule.served, rule.meaning) for rule in RULES),
        ),
        "roles": _table(
            ("role", "中文", "scope"),
            ((f"`{role}`", zh, ", ".join(scopes)) for role, (zh, _, scopes) in ROLES.items()),
        ),
        "permissions": _table(
            ("permission", "meaning", *Role),
            (
                (f"`{name}`", entry.meaning, *("✓" if role in entry.roles else "" for role in Role))
                for name, entry in PERMISSIONS.items()
            ),
        ),
        "visit": _transitions(VISIT_TRANSITIONS),
        "round": _transitions(ROUND_TRANSITIONS),
        "finding": _table(
            ("from", "action", "by", "to", "must be supplied", "due date"),
            (
                (
                    step.source,
                    step.action,
                    step.role or "system",
                    step.target + (", cycle + 1" if step.again else ""),
                    ", ".join(step.needs),
                    step.due,
                )
                for step in FINDING_TRANSITIONS
            ),
        ),
        "escalation": _table(
            ("working days overdue", "told", "proposed"),
            ((str(entry.days_over), entry.addressed, entry.proposal) for entry in ESCALATIONS),
        ),
        "messages": _table(
            ("after", "told", "message", "outside", "many of a day"),
            (
                (rule.verb, rule.to, rule.code, "at once" if rule.urgent else "day", "one" if rule.gathered else "")
                for rule in MESSAGE_RULES
            ),
        ),
        "errors": _table(("code", "status"), ((f"`{code}`", str(status)) for code, status in ERRORS.items())),
        "settings": _table(
            ("variable", "default", "meaning"),
            (
                (f"`ROUNDS_{name.upper()}`", _default(name, field.default), field.description or "")
                for name, field in Settings.model_fields.items()
            ),
        ),
    }


def with_tables(page: str) -> str:
    """The page with every `<!-- table NAME -->` … `<!-- end -->` block filled anew."""
    for name, lines in all_tables().items():
        start = f"<!-- table {name} -->"
        before, found, rest = page.partition(start)
        if found:
            _, end, after = rest.partition("<!-- end -->")
            page = f"{before}{start}\n" + "\n".join(lines) + f"\n{end}{after}"
    return page


def _default(name: str, value: object) -> str:
    return "`var/`" if name == "home" else f"`{value}`" if value not in ("", None) else ""


def _transitions(rows: Sequence[Transition]) -> list[str]:
    return _table(
        ("from", "action", "by", "to"),
        ((row.source, row.action, row.role + (" (leader)" if row.leader_only else ""), row.target) for row in rows),
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]
