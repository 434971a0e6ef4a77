"""`audit serve --tls` for real: one command, and a tablet that trusts the certificate gets through."""

import os
import re
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from audit.config import PROJECT
from audit.web.packages import packages_folder
from tests.ports import free_port


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int, Path]]:
    """A server over TLS on this machine: its data folder, its port, and the file it prints to."""
    home, port = tmp_path_factory.mktemp("tls"), free_port()
    libraries = packages_folder(PROJECT / "var").parent
    if libraries.exists():  # installed once for all tests
        packages_folder(home).parent.parent.mkdir(parents=True)
        packages_folder(home).parent.symlink_to(libraries)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ROUNDS_")}
    surroundings = {**kept, "ROUNDS_HOME": str(home), "ROUNDS_HOST": "127.0.0.1", "ROUNDS_PORT": str(port),
                    "ROUNDS_JOB_WORKERS": "0"}  # fmt: skip
    printed = home / "printed.txt"
    with printed.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "audit", "serve", "--tls"], cwd=PROJECT, env=surroundings, stdout=out, stderr=out
        )
        try:
            deadline = time.monotonic() + 120
            while time.monotonic() < deadline and process.poll() is None:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.2)
            yield home, port, printed
        finally:
            process.terminate()
            process.wait(20)


def _get(home: Path, port: int, path: str) -> tuple[str, dict[str, str]]:
    trusting = ssl.create_default_context(cafile=str(home / "tls" / "authority.pem"))
    with urlopen(Request(f"https://127.0.0.1:{port}{path}"), context=trusting, timeout=60) as answer:
        return answer.read().decode(), dict(answer.headers)


def test_the_certificate_page_shows_the_fingerprint_that_the_server_printed(server: tuple[Path, int, Path]) -> None:
    home, port, printed = server
    page, headers = _get(home, port, "/certificate")
    shown = re.search(r"<code>([0-9A-F:]{95})</code>", page)
    assert shown
    assert shown.group(1) in printed.read_text()
    assert f"https://127.0.0.1:{port}" in printed.read_text()
    assert "max-age" in headers["strict-transport-security"]


def test_the_sign_in_page_leads_to_it_and_no_key_is_served(server: tuple[Path, int, Path]) -> None:
    home, port, _ = server
    assert 'href="/certificate"' in _get(home, port, "/signin")[0]
    for path in ("/certificate/authority.key", "/certificate/server.key", "/tls/server.key"):
        with pytest.raises(OSError, match=r"40[14]"):
            _get(home, port, path)


def test_no_path_that_was_asked_for_is_printed(server: tuple[Path, int, Path]) -> None:
    home, port, printed = server
    for path in ("/certificate", "/link/a-secret-token", "/verify?code=a-secret-code"):
        with suppress(OSError):
            _get(home, port, path)
    told = printed.read_text()
    assert "secret" not in told
    assert "GET" not in told
