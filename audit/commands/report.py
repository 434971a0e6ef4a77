"""Make a branch's visit report from the command line."""

from pathlib import Path
from typing import Annotated

import typer

from audit.domain.permissions import Actor, Granted, Role, Scope
from audit.services import reports
from audit.services.installation import installation

# Whoever may run commands on the machine can read its database anyway; nothing is changed here.
COMMAND_LINE = Actor(account_id=0, name="command line", grants=(Granted(Role.MARKETING, Scope.CITY),))


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""

    @app.command()
    def report(
        branch: Annotated[str, typer.Option(help="The branch's code or name, 江北 or Jiangbei will do.")],
        out: Annotated[Path, typer.Option(help="The PDF to write.")],
        round_: Annotated[str, typer.Option("--round", help="The round's code; latest: the newest finished one.")] = (
            reports.LATEST
        ),
        language: Annotated[str, typer.Option(help="zh, en, or both.")] = "zh",
    ) -> None:
        """The illustrated visit report of one branch in one round, as PDF."""
        house = installation()
        out.parent.mkdir(parents=True, exist_ok=True)
        try:
            round_id, branch_id = reports.find(house.db, COMMAND_LINE, round_, branch)
            made = reports.render(house, COMMAND_LINE, round_id, branch_id, language, out)
        finally:
            house.close()
        typer.echo(f"{out}: {made.pages} pages, {out.stat().st_size / 1e6:.1f} MB")
