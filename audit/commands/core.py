"""Start, serve and look after an installation."""

import json
import os
import socket
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

from audit.config import Settings, settings
from audit.services import backup as backups
from audit.services import setup, trust
from audit.services.holding import held
from audit.services.installation import installation


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""

    @app.command()
    def serve(
        tls: Annotated[bool, typer.Option(help="Serve over HTTPS, with a local certificate authority.")] = False,
    ) -> None:
        """Serve the app."""
        from audit.web.serve import run

        if tls:
            os.environ.setdefault("ROUNDS_PUBLIC_URL", own_https_address())
        with held(settings().home, "home.being_filled", together=True):
            run(settings(), tls)

    @app.command()
    def prepare() -> None:
        """Fill the cache ahead: the tablet form's libraries (npm is asked once) and the documents' fonts."""
        from audit.web.packages import ensure_packages
        from exports import fonts

        cache = ensure_packages(settings().home).parent.parent
        fonts.prepare(cache / "fonts")
        typer.echo(f"ready: {cache}")

    @app.command()
    def init(
        name: Annotated[str, typer.Option(help="Sign-in name of the first administrator.")] = "admin",
        password: Annotated[
            str, typer.Option(help="Password; empty: one is made and printed once.", envvar="ROUNDS_INIT_PASSWORD")
        ] = "",
    ) -> None:
        """Prepare an empty installation: the schema, the checklists, and the first administrator."""
        made = setup.first_administrator(installation().db, name, password)
        typer.echo(f"administrator: {name}")
        if not password:
            typer.echo(f"one-time password: {made}  (it must be changed at the first sign-in)")

    @app.command()
    def worker(
        attached: Annotated[bool, typer.Option(help="End when standard input ends: the launcher's way.")] = False,
    ) -> None:
        """Do background jobs until stopped."""
        from audit.jobs.worker import end_with_input, serve

        if attached:
            end_with_input()
        with held(settings().home, "home.being_filled", together=True):
            serve(installation())

    @app.command()
    def migrate() -> None:
        """Bring the database to the newest schema."""
        from audit.db.migrate import migrate as run

        typer.echo(f"schema: {run(installation().db)}")

    @app.command(name="settings")
    def show_settings() -> None:
        """List every setting with its value and meaning; of what is or may hold a password, only that it is set."""
        current = settings()
        for name, field in Settings.model_fields.items():
            value = getattr(current, name)
            shown = "***" if isinstance(value, SecretStr) and value else json.dumps(str(value), ensure_ascii=False)
            typer.echo(f"ROUNDS_{name.upper()}={shown}\n    {field.description}")

    @app.command()
    def backup(
        folder: Annotated[Path | None, typer.Argument(help="Where backups are kept; made when missing.")] = None,
    ) -> None:
        """Back up database, photos and documents while the app runs; without a folder, only say how old the last is."""
        before = backups.standing(settings().home)
        typer.echo(f"last backup before: {_told(before)}" if folder else f"last backup: {_told(before)}")
        if folder is None:
            raise typer.Exit(int(before.late))
        made = backups.make(installation(), folder)
        rows = sum(made.manifest["tables"].values())
        typer.echo(
            f"backup: {made.folder} ({rows} rows, {made.manifest['chain']['seq']} events, {made.copied} new files)"
        )
        for name in made.missing:
            typer.echo(f"missing: {name}", err=True)
        if made.missing:
            raise typer.Exit(1)

    @app.command()
    def restore(
        folder: Annotated[Path, typer.Argument(help="A backup, or a folder whose newest one is meant.")],
    ) -> None:
        """Restore a backup into an empty installation."""
        with held(settings().home, "home.in_use"):
            manifest = backups.restore(installation(), folder)
        rows = sum(manifest["tables"].values())
        typer.echo(f"restored: {rows} rows, {manifest['chain']['seq']} events, made at {manifest['made_at']}")

    @app.command()
    def verify(
        deep: Annotated[bool, typer.Option(help="Read every photo and compare its hash, too.")] = False,
    ) -> None:
        """Check history, heads, documents and photos: one line for each fault, and then the exit code is not 0."""
        found = trust.verify(installation(), deep)
        for orphan in found.orphans:
            typer.echo(f"orphan, nobody needs it: {orphan}")
        for fault in found.faults:
            typer.echo(f"fault: {fault}", err=True)
        if found.faults:
            raise typer.Exit(1)
        typer.echo(
            f"history intact: {found.events} events, {found.heads} heads noted outside, "
            f"{found.documents} documents, {found.photos} photo files"
        )


def _told(standing: backups.Standing) -> str:
    """How old a backup is, with a warning when that is too old."""
    if standing.at is None or standing.age is None:
        return "⚠ never"
    hours = int(standing.age.total_seconds() // 3600)
    told = f"{standing.at:%Y-%m-%d %H:%M} UTC, {hours} hours ago"
    return f"⚠ {told}" if standing.late else told


def own_https_address() -> str:
    """The address under which this machine serves over TLS when the settings name none."""
    draft = Settings()
    anywhere = draft.host in ("", "0.0.0.0", "::")  # noqa: S104  (read, not bound)
    return f"https://{socket.gethostname() if anywhere else draft.host}:{draft.port}"
