"""The local certificate authority: a client that trusts it, and only such a client, gets through."""

import asyncio
import datetime as dt
import ssl
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
import time_machine
from cryptography import x509

from audit.config import Settings
from audit.web.certificates import Files, ensure, files_of


@pytest.fixture
def config(tmp_path: Path) -> Settings:
    """An installation whose public address is a name and which listens on an address of the local network."""
    return Settings(home=tmp_path, public_url="https://rounds.lan:8501", host="192.168.7.5")


async def _speak(files: Files, trusting: Path | None, name: str) -> bytes:
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(files.chain, files.key)

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=server_side)
    client_side = ssl.create_default_context(cafile=str(trusting) if trusting else None)
    port = server.sockets[0].getsockname()[1]
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client_side, server_hostname=name)
        said = await reader.read(5)
        writer.close()
        return said
    finally:
        server.close()


@pytest.mark.parametrize("name", ["localhost", "rounds.lan", "127.0.0.1", "192.168.7.5"])
def test_a_tablet_that_trusts_the_authority_gets_through_by_every_name_of_the_server(
    config: Settings, name: str
) -> None:
    files = ensure(config)
    assert asyncio.run(_speak(files, files.authority, name)) == b"hello"


@pytest.mark.parametrize(("trusted", "name"), [(False, "localhost"), (True, "elsewhere.example")])
def test_without_trust_or_by_another_name_it_does_not(config: Settings, trusted: bool, name: str) -> None:
    files = ensure(config)
    with pytest.raises(ssl.SSLCertVerificationError):
        asyncio.run(_speak(files, files.authority if trusted else None, name))


def test_the_authority_stays_while_the_servers_certificate_is_renewed(config: Settings) -> None:
    first = ensure(config)
    authority, chain = first.authority.read_bytes(), first.chain.read_bytes()
    assert ensure(config).chain.read_bytes() == chain
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=380)):
        renewed = ensure(config).chain.read_bytes()
    moved = ensure(config.model_copy(update={"public_url": "https://new.lan"})).chain.read_bytes()
    assert len({chain, renewed, moved}) == 3
    assert files_of(config).authority.read_bytes() == authority


def _signer(files: Files) -> Path:
    return files.authority.with_suffix(".key")


LEFT = {
    "a key of another certificate": lambda files: files.key.write_bytes(_signer(files).read_bytes()),
    "half a key": lambda files: files.key.write_bytes(files.key.read_bytes()[:40]),
    "an empty key": lambda files: files.key.write_bytes(b""),
    "half a chain": lambda files: files.chain.write_bytes(files.chain.read_bytes()[:200]),
    "no chain": lambda files: files.chain.unlink(),
    "another key of the authority": lambda files: _signer(files).write_bytes(files.key.read_bytes()),
    "no key of the authority": lambda files: _signer(files).unlink(),
    "half an authority": lambda files: files.authority.write_bytes(files.authority.read_bytes()[:99]),
}


@pytest.mark.parametrize("left", LEFT.values(), ids=LEFT.keys())
def test_what_a_killed_process_left_is_made_anew_and_fits_together(
    config: Settings, left: Callable[[Files], object]
) -> None:
    left(ensure(config))
    files = ensure(config)
    assert asyncio.run(_speak(files, files.authority, "localhost")) == b"hello"
    assert sorted(path.name for path in files.key.parent.iterdir()) == [
        "authority.key", "authority.pem", "server.key", "server.pem",
    ]  # fmt: skip


def test_the_keys_are_nobody_elses_to_read(config: Settings) -> None:
    files = ensure(config)
    for key in (files.key, files.authority.with_suffix(".key")):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert (
        x509.load_pem_x509_certificate(files.chain.read_bytes()).subject
        != x509.load_pem_x509_certificate(files.authority.read_bytes()).subject
    )
