"""A real server process that a test may kill, and tablets that go on through it."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from audit.config import PROJECT
from tests.field import DEVICE_AT, new_uuid, picture
from tests.packages import share_packages
from tests.ports import free_port


class Server:
    """One server process on a port of 127.0.0.1, started anew after each kill."""

    def __init__(self, home: Path, database_url: str, **environment: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        settings = {
            "ROUNDS_HOME": str(home), "ROUNDS_DATABASE_URL": database_url, "ROUNDS_PUBLIC_URL": self.address,
            "ROUNDS_PHOTO_WORKERS": "2", "PYTHONPATH": str(PROJECT),
        }  # fmt: skip
        self._maker = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.web", str(self.port)],
            env=os.environ | settings | environment,
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pid = 0

    def start(self, seconds: float = 120) -> None:
        """Start and wait until it answers."""
        assert self._maker.stdin
        assert self._maker.stdout
        self._maker.stdin.write("start\n")
        self._maker.stdin.flush()
        self.pid = int(self._maker.stdout.readline())
        until_it_answers(self.address, seconds)

    def kill(self) -> None:
        """End it without a word, as a power cut would."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            self.pid = 0

    def close(self) -> None:
        """End it and what makes it."""
        self.kill()
        self._maker.kill()
        self._maker.wait()


class WholeServer:
    """`python -m audit serve` with its job worker: everything that runs in a hall, some seconds to be back."""

    def __init__(self, home: Path, database_url: str) -> None:
        share_packages(home)
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._environment = os.environ | {
            "ROUNDS_HOME": str(home), "ROUNDS_DATABASE_URL": database_url, "ROUNDS_PUBLIC_URL": self.address,
            "ROUNDS_HOST": "127.0.0.1", "ROUNDS_PORT": str(self.port), "ROUNDS_PHOTO_WORKERS": "2",
            "ROUNDS_JOB_WORKERS": "1",
        }  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, seconds: float = 120) -> None:
        """Start and wait until it answers."""
        command = [sys.executable, "-m", "audit", "serve"]
        self._process = subprocess.Popen(command, cwd=PROJECT, env=self._environment)
        until_it_answers(self.address, seconds)

    def kill(self) -> None:
        """End it without a word; its workers see their input end."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """End it."""
        self.kill()


def until_it_answers(address: str, seconds: float) -> None:
    """Wait until a server says that it is healthy."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if httpx2.get(f"{address}/health", timeout=10).status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.05)
    raise RuntimeError("the server did not start")


@dataclass
class Tablet:
    """A tablet that sends answers and photos one after the other, and keeps each until it has its receipt."""

    address: str
    token: str
    assignment_id: int
    visit_id: int
    number: int
    revisions: dict[str, str] = field(default_factory=dict)  # uuid → note, acknowledged
    photos: dict[str, str] = field(default_factory=dict)  # uuid → sha256, acknowledged
    sent: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Send until told to stop; what has no receipt then was not acknowledged."""
        step = 0
        headers = {"Origin": self.address, "Cookie": f"rounds={self.token}", "X-Rounds-Device": f"tablet-{self.number}"}
        with httpx2.Client(base_url=self.address, headers=headers, timeout=30) as client:
            while not self.stop.is_set():
                step += 1
                if step % 4:
                    self._answer(client, step)
                else:
                    self._photo(client, step)

    def _answer(self, client: httpx2.Client, step: int) -> None:
        uuid, note = new_uuid(), f"{self.number}-{step} 整改"
        code = ("A01", "A02", "A03", "B01", "B02")[step % 5]
        body = {
            "assignment_id": self.assignment_id, "visit_id": self.visit_id, "subject": f"item:{code}", "bases": [],
            "body": {"rating": "pass", "note": note}, "device_at": DEVICE_AT.isoformat(),
        }  # fmt: skip
        if self._send(client, f"/api/v1/revisions/{uuid}", uuid, json=body):
            self.revisions[uuid] = note

    def _photo(self, client: httpx2.Client, step: int) -> None:
        uuid = new_uuid()
        path = f"/api/v1/photos/{uuid}?assignment_id={self.assignment_id}&visit_id={self.visit_id}"
        answer = self._send(client, path, uuid, content=picture(step % 7 + self.number))
        if answer:
            self.photos[uuid] = answer["sha256"]

    def _send(self, client: httpx2.Client, path: str, uuid: str, **content: object) -> dict[str, str] | None:
        """Repeat until there is a receipt, as the tablet does when the link or the server is gone."""
        self.sent.add(uuid)
        while not self.stop.is_set():
            try:
                response = client.put(path, **content)  # type: ignore[arg-type]
            except httpx2.TransportError:
                time.sleep(0.3)
                continue
            if response.status_code in (200, 201):
                answer: dict[str, str] = response.json()
                return answer
            if response.status_code not in (503,):
                self.refused.append(response.text)
                return None
        return None
