"""Senders that go on through three kills of the server, and keep what was acknowledged to them."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import httpx2

from tests.faults.server import Server


class Sender(Protocol):
    """Sends until told to stop. `received`: what was acknowledged."""

    stop: threading.Event

    @property
    def received(self) -> dict[tuple[int, int], str] | dict[str, list[int]]: ...

    def run(self) -> None: ...


AnySender = TypeVar("AnySender", bound=Sender)


def through_three_kills(server: Server, senders: Sequence[AnySender]) -> None:
    """Let them send while the server is killed three times at moments of chance; ends when all have stopped.

    Fails when nothing more is acknowledged after a start, and when a sender failed.
    """
    failed: list[BaseException] = []

    def run(sender: AnySender) -> None:
        try:
            sender.run()
        except BaseException as error:
            failed.append(error)
            raise

    server.start()
    threads = [threading.Thread(target=run, args=[sender]) for sender in senders]
    for thread in threads:
        thread.start()
    try:
        for _ in range(3):
            wait_for_a_receipt(senders)
            time.sleep(random.uniform(0, 1))  # the moment of chance: nothing is waited for
            server.kill()
            server.start()
        wait_for_a_receipt(senders)
    finally:
        for sender in senders:
            sender.stop.set()
        server.close()
        for thread in threads:
            thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert failed == []


def wait_for_a_receipt(senders: Sequence[Sender], seconds: float = 60) -> None:
    """Until one more thing is acknowledged. Raises `TimeoutError` when none is."""
    before, until = _received(senders), time.monotonic() + seconds
    while _received(senders) == before:
        if time.monotonic() > until:
            raise TimeoutError(f"nothing was acknowledged within {seconds:.0f} s; {before} before that")
        time.sleep(0.01)


def until_answered(stop: threading.Event, send: Callable[[], httpx2.Response]) -> httpx2.Response | None:
    """Send the same again until the server answers, and is not busy; None when told to stop."""
    while not stop.is_set():
        try:
            answer = send()
        except httpx2.TransportError:
            time.sleep(0.02)
            continue
        if answer.status_code != 503:
            return answer
    return None


def _received(senders: Sequence[Sender]) -> int:
    return sum(len(sender.received) for sender in senders)
