"""What the Streamlit pages cost the server, with a demo city: first paints, a fragment's rerun, a session's memory.

Every page that the menu knows, for every persona who may open it: of each page the dearest persona is told. A real
server and headless clients that speak Streamlit's websocket protocol; CPU is the server process's own, read before and
after. Where the data folder (`--home`, or `ROUNDS_HOME`) has no demo city, a small one is made for the time.

    python -m bench.pages [--home FOLDER] [--sessions 40]
"""

import argparse
import ast
import os
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.request import urlopen

from sqlmodel import select
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from audit.config import PROJECT
from audit.db.engine import Database
from audit.db.migrate import migrate
from audit.db.models import Account
from audit.domain.permissions import may_somewhere
from audit.services.demo_sign_in import PERSONAS
from audit.services.sign_in import actor_from, open_session
from bench.goals import goal

FIRST_PAINT_MS, FRAGMENT_MS, SESSION_MIB = 300, 25, 1
REPEATS = 3
SERVE = "from audit.config import settings; from audit.web.serve import run; run(settings(), False)"


class Server:
    """The product's server on a free port, and what its process has used."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        surroundings = {
            **os.environ, "ROUNDS_HOME": str(home), "ROUNDS_DEMO": "1", "ROUNDS_HOST": "127.0.0.1",
            "ROUNDS_PORT": str(self.port), "ROUNDS_PUBLIC_URL": self.address, "ROUNDS_JOB_WORKERS": "0",
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE],
            env=surroundings,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _second in range(60):
            try:
                urlopen(f"{self.address}/health").close()  # noqa: S310
                return
            except OSError:
                time.sleep(1)
        raise RuntimeError("the server did not start")

    def cpu_ms(self) -> float:
        """User and system time of the process so far, threads that have ended included.

        Linux names the CPU clock of another process by its number: the complement, shifted, and 2 for "scheduled".
        """
        return time.clock_gettime_ns((~self.process.pid << 3) | 2) / 1e6

    def rss_mib(self) -> float:
        """Resident memory of the process."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


class Client:
    """One browser tab: opens a page and keeps the ids of its fragments."""

    def __init__(self, server: Server, token: str) -> None:
        self.fragments: list[str] = []
        self.errors = 0
        self.connection = connect(
            f"ws://127.0.0.1:{server.port}/_stcore/stream",
            additional_headers={"Cookie": f"rounds={token}", "Origin": server.address},
            subprotocols=["streamlit"],  # type: ignore[list-item]
            max_size=None,
        )
        self.socket: ClientConnection = self.connection.__enter__()

    def close(self) -> None:
        """Close the tab."""
        self.connection.__exit__(None, None, None)

    def rerun(self, page: str, fragment: str = "", query: str = "") -> None:
        """Run the script, or one fragment of it, and wait until it is done. `query`: the address after "?"."""
        message = BackMsg()
        message.rerun_script.page_name = page
        message.rerun_script.query_string = query
        message.rerun_script.fragment_id = fragment
        self.socket.send(message.SerializeToString())
        while True:
            answer = ForwardMsg()
            answer.ParseFromString(bytes(self.socket.recv(timeout=30)))
            kind = answer.WhichOneof("type")
            if kind == "delta":
                if answer.delta.fragment_id and answer.delta.fragment_id not in self.fragments:
                    self.fragments.append(answer.delta.fragment_id)
                self.errors += answer.delta.new_element.WhichOneof("type") == "exception"
            if kind == "script_finished":
                return


def every_page() -> list[tuple[str, str | None]]:
    """(address, permission) as the frame's table has them. It is read, not imported: importing draws the page."""
    tree = ast.parse((PROJECT / "pages" / "main.py").read_text(encoding="utf-8"))
    tables = (node for node in tree.body if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "PAGES")
    rows = next(tables).value
    assert isinstance(rows, ast.Tuple)
    found = [ast.literal_eval(ast.Tuple(row.elts[3:5], ast.Load())) for row in rows.elts if isinstance(row, ast.Tuple)]
    return [("" if address == "home" else address, permission) for permission, address in found]


def visits(home: Path) -> list[tuple[str, str, str]]:
    """(page, persona, session id) of everything that may be opened."""
    db, found = Database(f"sqlite:///{home / 'rounds.sqlite3'}"), []
    migrate(db)
    for persona in PERSONAS:
        with db.read() as session:
            account = session.exec(select(Account).where(Account.sign_in_name == persona.sign_in_name)).one()
            actor = actor_from(session, account)
        token = open_session(db, account.id or 0, "127.0.0.1", "bench")
        pages = [page for page, asked in every_page() if asked is None or may_somewhere(actor, asked)]
        found += [(page, persona.sign_in_name, token) for page in pages]
    db.close()
    return found


def measure_page(server: Server, page: str, token: str, repeats: int) -> tuple[float, float | None, int]:
    """Median CPU of a first paint after the cold one, of its first fragment (if it has one), and errors seen."""
    paints, reruns, errors = [], [], 0
    for _repeat in range(repeats + 1):
        client = Client(server, token)
        before = server.cpu_ms()
        client.rerun(page)
        paints.append(server.cpu_ms() - before)
        for fragment in client.fragments[:1]:
            before = server.cpu_ms()
            client.rerun(page, fragment)
            reruns.append(server.cpu_ms() - before)
        errors += client.errors
        client.close()
    return statistics.median(paints[1:]), statistics.median(reruns[1:]) if reruns else None, errors


def measure(server: Server, known: list[tuple[str, str, str]], sessions: int, repeats: int) -> None:
    """Print a line for every page, then fragments, errors, and a session's memory."""
    paints: dict[str, dict[str, float]] = defaultdict(dict)
    fragments: dict[str, dict[str, float]] = defaultdict(dict)
    broken: list[str] = []
    for page, persona, token in known:
        paint, rerun, errors = measure_page(server, page, token, repeats)
        paints[page][persona] = paint
        if rerun is not None:
            fragments[page][persona] = rerun
        if errors:
            broken.append(f"/{page} ({persona})")
    for what, limit, found in (("first paint", FIRST_PAINT_MS, paints), ("fragment", FRAGMENT_MS, fragments)):
        for page, by in found.items():
            dearest = max(by, key=lambda persona, by=by: by[persona])  # type: ignore[misc]
            goal("pages", f"{what} of /{page}, dearest of {len(by)} personas", by[dearest], limit, "ms CPU", dearest)
        every = [figure for by in found.values() for figure in by.values()]
        goal("pages", f"{what}, median of {len(every)}", statistics.median(every), limit, "ms CPU")
    goal("pages", f"pages with an exception, of {len(known)}", len(broken), 0, "", " ".join(broken))
    before, clients = server.rss_mib(), []
    for number in range(sessions):
        page, _persona, token = known[number * 7 % len(known)]
        client = Client(server, token)
        client.rerun(page)
        clients.append(client)
    used = (server.rss_mib() - before) / sessions
    goal("pages", f"memory of a session ({sessions} open)", used, SESSION_MIB, "MiB")
    for client in clients:
        client.close()


def has_personas(file: Path) -> bool:
    """Whether a database file holds a demo city."""
    if not file.exists():
        return False
    with closing(sqlite3.connect(file)) as connection:
        try:
            names = {name for (name,) in connection.execute("SELECT sign_in_name FROM account")}
        except sqlite3.OperationalError:  # no tables yet
            return False
    return all(persona.sign_in_name in names for persona in PERSONAS)


@contextmanager
def city(home: Path) -> Iterator[Path]:
    """The data folder with a demo city: this one, or a small one for the time."""
    if has_personas(home / "rounds.sqlite3"):
        yield home
        return
    with tempfile.TemporaryDirectory(prefix="rounds-bench-") as folder:
        surroundings = os.environ | {"ROUNDS_HOME": folder, "ROUNDS_DEMO": "1"}
        command = [sys.executable, "-m", "audit", "demo", "--small"]
        subprocess.run(command, env=surroundings, cwd=PROJECT, check=True, capture_output=True)
        yield Path(folder)


def main() -> None:
    """Start the server, measure, stop it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path(os.environ.get("ROUNDS_HOME", "var")))
    parser.add_argument("--sessions", type=int, default=40)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    with city(options.home) as home:
        known = visits(home)
        server = Server(home)
        try:
            measure(server, known, 10 if options.quick else options.sessions, 1 if options.quick else REPEATS)
        finally:
            server.process.terminate()
            server.process.wait()


if __name__ == "__main__":
    main()
