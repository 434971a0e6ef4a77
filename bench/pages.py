"""What the Streamlit pages cost the server, with a demo city: first paints, a fragment's rerun, a session's memory.

A real server and headless clients that speak Streamlit's websocket protocol; CPU is the server process's own, read
before and after. Needs a data folder with a demo city (`--home`, or `ROUNDS_HOME`).

    python -m bench.pages [--home FOLDER] [--sessions 40]
"""

import argparse
import os
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

from sqlmodel import select
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from audit.db.engine import Database
from audit.db.models import Account
from audit.services.sign_in import open_session
from bench.goals import goal

PERSONAS = {
    "supervisor": ("", "my-visits", "visits"),
    "marketing": ("", "visits", "review", "rounds", "campaigns", "visit-report", "checklists"),
    "admin": ("", "organisations", "outlets", "accounts", "profile"),
}
FIRST_PAINT_MS, FRAGMENT_MS, SESSION_MIB = 300, 25, 1
REPEATS = 5
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


def tokens(home: Path) -> dict[str, str]:
    """A session id for each persona of the demo city."""
    db = Database(f"sqlite:///{home / 'rounds.sqlite3'}")
    with db.read() as session:
        ids = {
            name: session.exec(select(Account.id).where(Account.sign_in_name == name)).one() or 0 for name in PERSONAS
        }
    made = {name: open_session(db, number, "127.0.0.1", "bench") for name, number in ids.items()}
    db.close()
    return made


def measure(server: Server, known: dict[str, str], sessions: int) -> None:
    """Print a line for every page, then fragment and session."""
    fragments = []
    for persona, pages in PERSONAS.items():
        for page in pages:
            paints, reruns = [], []
            for _repeat in range(REPEATS + 1):
                client = Client(server, known[persona])
                before = server.cpu_ms()
                client.rerun(page)
                paints.append(server.cpu_ms() - before)
                for fragment in client.fragments[:1]:
                    before = server.cpu_ms()
                    client.rerun(page, fragment)
                    reruns.append(server.cpu_ms() - before)
                if client.errors:
                    raise RuntimeError(f"{persona} /{page}: an exception stands on the page")
                client.close()
            name = f"first paint of /{page} ({persona})"
            goal("pages", name, statistics.median(paints[1:]), FIRST_PAINT_MS, "ms CPU", f"cold {paints[0]:.0f} ms")
            if reruns:
                fragments.append((statistics.median(reruns[1:]), page))
    for figure, page in fragments:
        goal("pages", f"rerun of the fragment on /{page}", figure, FRAGMENT_MS, "ms CPU")
    pages = [(persona, page) for persona, some in PERSONAS.items() for page in some]
    before, clients = server.rss_mib(), []
    for number in range(sessions):
        persona, page = pages[number % len(pages)]
        client = Client(server, known[persona])
        client.rerun(page)
        clients.append(client)
    used = (server.rss_mib() - before) / sessions
    goal("pages", f"memory of a session ({sessions} open)", used, SESSION_MIB, "MiB")
    for client in clients:
        client.close()


def main() -> None:
    """Start the server, measure, stop it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path(os.environ.get("ROUNDS_HOME", "var")))
    parser.add_argument("--sessions", type=int, default=40)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    known = tokens(options.home)
    server = Server(options.home)
    try:
        measure(server, known, 10 if options.quick else options.sessions)
    finally:
        server.process.terminate()
        server.process.wait()


if __name__ == "__main__":
    main()
