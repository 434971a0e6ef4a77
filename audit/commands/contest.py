"""The contest from the command line: a file with which anybody recounts a season, the recount, and vote tokens."""

from pathlib import Path
from typing import Annotated

import typer

from audit.domain.permissions import Actor, Granted, Role, Scope
from audit.services.contest import record, tokens
from audit.services.installation import installation
from exports import vote_slips

# Whoever may run commands on the machine can read its database anyway; nothing is changed here.
COMMAND_LINE = Actor(account_id=0, name="command line", grants=(Granted(Role.ORGANISER, Scope.SEASON),))


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""

    @app.command()
    def scoreboard(
        export: Annotated[Path, typer.Option(help="The file to write; .gz: packed.")],
        season: Annotated[str, typer.Option(help="The season's code; latest: the newest that is no draft.")] = "latest",
    ) -> None:
        """Write a season's rules, anonymised inputs and result, with which anybody can recount it."""
        house = installation()
        export.parent.mkdir(parents=True, exist_ok=True)
        try:
            written = record.export(house.db, COMMAND_LINE, season, export)
        finally:
            house.close()
        typer.echo(f"{export}: {written.contestants} contestants, result {written.sha256}")
        if written.tallies_differ:
            typer.echo(f"the kept tallies differ from the recount in {written.tallies_differ} figures", err=True)
            raise typer.Exit(1)

    group = typer.Typer(no_args_is_help=True, help="The contest's votes.")
    app.add_typer(group, name="contest")

    @group.command("tokens")
    def issue_tokens(
        transactions: Annotated[
            Path, typer.Argument(help="Numbers of served transactions, one a line.", exists=True, dir_okay=False)
        ],
        out: Annotated[Path, typer.Option(help="Where to: .csv (number and address, for messages) or .html (slips).")],
        season: Annotated[str, typer.Option(help="The season's code; latest: the newest that is no draft.")] = "latest",
        outlet: Annotated[str, typer.Option(help="Code of the hall in which they were served.")] = "",
        days: Annotated[int, typer.Option(help="For how many days a token is valid.")] = tokens.DAYS,
    ) -> None:
        """Give out vote tokens, one for each transaction; asked again, a transaction gets the same one."""
        house = installation()
        numbers = [line.strip() for line in transactions.read_text("utf-8-sig").splitlines() if line.strip()]
        try:
            slips = tokens.issue_for_hall(house.db, COMMAND_LINE, season, outlet, numbers, days)
        finally:
            house.close()
        vote_slips.write([(slip.transaction, slip.address) for slip in slips], out)
        typer.echo(f"{out}: {len(slips)} tokens")

    @app.command()
    def recount(
        file: Annotated[Path, typer.Argument(help="A file that `scoreboard` wrote.", exists=True, dir_okay=False)],
    ) -> None:
        """Count a season again from such a file alone: no database, no settings. Not 0: the first difference."""
        verdict = record.recount(file)
        if verdict.difference:
            typer.echo(f"different: {verdict.difference}", err=True)
            raise typer.Exit(1)
        typer.echo(
            f"the same: season {verdict.season}, {verdict.contestants} contestants, {verdict.entries} quiz entries, "
            f"{verdict.ballots} ballots, {verdict.stars} stars, result {verdict.sha256}"
        )
