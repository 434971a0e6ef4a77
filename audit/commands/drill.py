"""The restore drill: a backup is worth what was once restored from it."""

import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import typer
from pydantic import SecretStr
from sqlmodel import select

from audit.config import Settings, settings
from audit.db import snapshot
from audit.db.models import Account, ChainHead, Document
from audit.demo.city import SMALL, build
from audit.services import backup, clock, trust
from audit.services.installation import Installation
from audit.services.work import unit_of_work


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""

    @app.command()
    def drill() -> None:
        """Found a small city in a folder of its own, back it up while it is written to, restore it, and compare."""
        with tempfile.TemporaryDirectory(prefix="rounds-drill-") as folder:
            faults = _drill(Path(folder))
        for fault in faults:
            typer.echo(f"fault: {fault}", err=True)
        if faults:
            raise typer.Exit(1)
        typer.echo("drill passed")


def compare(restored: Installation, manifest: dict[str, Any]) -> list[str]:
    """What a restored installation has other than its backup's manifest: rows, chain head, hashes; each by name."""
    faults = [f"missing from the backup: {name}" for name in manifest["missing"]]
    wanted, found = manifest["tables"], snapshot.counts(restored.db)
    for table in sorted({*wanted, *found}):
        if wanted.get(table) != found.get(table):
            faults.append(f"table {table}: {found.get(table)} rows, {wanted.get(table)} were backed up")
    with restored.db.read() as session:
        head = session.exec(select(ChainHead)).one()
    if {"seq": head.seq, "sha256": head.sha256} != manifest["chain"]:
        faults.append(f"the chain's head is {head.seq} {head.sha256}, not {manifest['chain']}")
    return [*faults, *trust.verify(restored, deep=True).faults]


def _drill(folder: Path) -> list[str]:
    source, target = _installation(folder / "city"), _installation(folder / "restored")
    try:
        begun = time.monotonic()
        built = build(
            source.db, "", source.settings.home, seed=1, today=clock.today(), size=SMALL, workers=1,
            progress=lambda *_: None,
        )  # fmt: skip
        _tell(f"city founded: {built.visits} visits, {built.photos} photos", begun)
        writer = _Writer(source)
        writer.start()
        begun = time.monotonic()
        try:
            made = backup.make(source, folder / "copies")
        finally:
            written = writer.stop()
        rows, events = sum(made.manifest["tables"].values()), made.manifest["chain"]["seq"]
        _tell(f"backed up while {written} writes went on: {rows} rows, {events} events, {made.copied} files", begun)
        begun = time.monotonic()
        manifest = backup.restore(target, made.folder)
        _tell("restored into an empty folder", begun)
        begun = time.monotonic()
        faults = compare(target, manifest)
        hashes = len(manifest["photos"]) + len(manifest["documents"]) + len(manifest["files"])
        _tell(f"compared: {len(manifest['tables'])} tables, the chain of {events} events, {hashes} hashes", begun)
        return faults
    finally:
        source.close()
        target.close()


def _installation(home: Path) -> Installation:
    home.mkdir()
    own: dict[str, Any] = {"home": home, "database_url": SecretStr(""), "photo_store": "", "heads": ""}
    current: Settings = settings().model_copy(update=own)
    return Installation(current)


def _tell(what: str, begun: float) -> None:
    typer.echo(f"{time.monotonic() - begun:6.1f} s  {what}")


class _Writer(threading.Thread):
    """Goes on storing documents, each a file, a row and an event, until it is stopped."""

    def __init__(self, house: Installation) -> None:
        super().__init__(daemon=True)
        self.house = house
        self.written = 0
        self.over, self.under_way = threading.Event(), threading.Event()
        with house.db.read() as session:
            self.account_id = session.exec(select(Account.id)).first() or 0

    def start(self) -> None:
        """Start, and come back once something was written."""
        super().start()
        if not self.under_way.wait(30):
            raise RuntimeError("the writer does not write")

    def run(self) -> None:
        """Write until stopped."""
        while not self.over.is_set():
            content = f"document {self.written}".encode()
            facts: dict[str, Any] = {
                "kind": "drill",
                "filename": "drill.txt",
                "media_type": "text/plain",
                "size": len(content),
            }
            sha256 = self.house.documents.put_bytes(content)
            with unit_of_work(self.house.db, None) as work:
                row = Document(account_id=self.account_id, created_at=work.now, sha256=sha256, **facts)
                work.session.add(row)
                work.session.flush()
                work.record("drill.written", "document", row.id)
            self.written += 1
            self.under_way.set()

    def stop(self) -> int:
        """Stop; how many documents were written."""
        self.over.set()
        self.join()
        return self.written
