"""Accounts without a browser: for the first steps and for a locked-out administrator."""

from typing import Annotated

import typer

from audit.domain.permissions import OPERATOR, Granted, Role, Scope
from audit.errors import RoundsError
from audit.services import accounts, leaving
from audit.services.accounts import AccountRow, AccountValues
from audit.services.installation import installation

# Roles that need no place; the others are granted on the accounts page, where the place can be chosen.
PLACELESS = {
    Role.SUPERVISOR: Scope.ASSIGNMENTS,
    Role.MARKETING: Scope.CITY,
    Role.APPROVER: Scope.CITY,
    Role.ORGANISER: Scope.SEASON,
    Role.JUDGE: Scope.SEASON,
    Role.LEADER: Scope.CITY,
    Role.ADMINISTRATOR: Scope.SYSTEM,
}
EVERYBODY = 100_000  # a short name is a part of many others: no page may end before it


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    user = typer.Typer(no_args_is_help=True, help="List, add, deactivate accounts; give a new one-time password.")
    app.add_typer(user, name="user")

    @user.command(name="list")
    def show(search: Annotated[str, typer.Argument(help="Part of a name.")] = "") -> None:
        """List the active accounts with their roles."""
        page = 1
        while True:
            found = accounts.find_accounts(installation().db, OPERATOR, search=search, page=page)
            for row in found.rows:
                roles = ", ".join(sorted({grant.role for grant in row.grants}))
                typer.echo(f"{row.account.sign_in_name}\t{row.account.name}\t{roles}")
            page += 1
            if page > found.pages:
                return

    @user.command()
    def add(
        sign_in_name: str,
        name: Annotated[str, typer.Option(help="The person's name; empty: the sign-in name.")] = "",
        role: Annotated[list[Role] | None, typer.Option(help="A role that needs no place; may be repeated.")] = None,
    ) -> None:
        """Add an account and print its one-time password."""
        placed = [entry for entry in role or [] if entry not in PLACELESS]
        if placed:
            raise RoundsError("account.grant_invalid", role=str(placed[0]))
        values = AccountValues(sign_in_name=sign_in_name, name=name or sign_in_name)
        grants = [Granted(entry, PLACELESS[entry]) for entry in role or []]
        made = accounts.create_account(installation().db, OPERATOR, values, grants)
        typer.echo(f"one-time password of {sign_in_name}: {made.password}")

    @user.command()
    def reset(sign_in_name: str) -> None:
        """Give an account a new one-time password and end all its sessions."""
        row = _named(sign_in_name)
        password = accounts.reset_password(installation().db, OPERATOR, row.account.id or 0, row.account.version)
        typer.echo(f"one-time password of {sign_in_name}: {password}")

    @user.command()
    def deactivate(sign_in_name: str) -> None:
        """End an account's sessions and let it sign in no more; open work is handed over on the accounts page first."""
        row = _named(sign_in_name)
        accounts.deactivate(installation().db, OPERATOR, row.account.id or 0, row.account.version)
        typer.echo(f"deactivated: {sign_in_name}")

    @user.command(name="open")
    def still_open() -> None:
        """List the deactivated accounts on which open work hangs; with any, the exit code is not 0."""
        found = leaving.listed_orphans(installation().db, OPERATOR)
        for account, count in found:
            typer.echo(f"{account.sign_in_name}\t{account.name}\t{count} open")
        if found:
            raise typer.Exit(1)
        typer.echo("no open work hangs on a deactivated account")


def _named(sign_in_name: str) -> AccountRow:
    found = accounts.find_accounts(installation().db, OPERATOR, search=sign_in_name, size=EVERYBODY)
    for row in found.rows:
        if isinstance(row, AccountRow) and row.account.sign_in_name == sign_in_name:
            return row
    raise RoundsError("not_found")
