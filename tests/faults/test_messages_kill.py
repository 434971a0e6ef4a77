"""`kill -9` of the real worker again and again while things happen: everybody is told exactly once in the app, and
every message arrives outside at least once."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, func, select, update

from audit.config import PROJECT
from audit.db.models import ChainHead, Delivery, Event, Message, MessageLine, RelayPosition
from audit.domain.messages import GATHERING
from audit.services import clock
from audit.services.loop import conversation
from audit.services.messages import channels
from audit.services.messages.outbox import send_due
from audit.services.work import unit_of_work
from tests.factories import found_city
from tests.looping import Loop, enter_the_loop
from tests.telling import Receiver, forget, receiver, settings_for

EACH_ROUND = 4  # comments that mention Mei
OVERDUE = 10  # findings of which each round tells that they are overdue


class Worker:
    """One worker process, started anew after each kill."""

    def __init__(self, home: Path, url: str, web: Receiver) -> None:
        own = {
            "ROUNDS_HOME": str(home), "ROUNDS_DATABASE_URL": url, "PYTHONPATH": str(PROJECT),
            "ROUNDS_WEBHOOK_HOSTS": f"127.0.0.1:{web.port}", "ROUNDS_REPORT_WORKERS": "1",
        }  # fmt: skip
        self._maker = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.worker"], env=os.environ | own, cwd=PROJECT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.pid = 0

    def start(self) -> None:
        assert self._maker.stdin
        assert self._maker.stdout
        self._maker.stdin.write("start\n")
        self._maker.stdin.flush()
        self.pid = int(self._maker.stdout.readline())

    def kill(self) -> None:
        """End it without a word, as a power cut would."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            self.pid = 0

    def close(self) -> None:
        self.kill()
        self._maker.kill()
        self._maker.wait()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_three_kills_of_the_worker_leave_nobody_untold_and_nobody_told_twice(
    kind: str, new_database: Any, tmp_path: Path
) -> None:
    kill_again_and_again(kind, new_database, tmp_path, rounds=3)


@pytest.mark.faults
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_fifty_kills_of_the_worker_leave_nobody_untold_and_nobody_told_twice(
    kind: str, new_database: Any, tmp_path: Path
) -> None:
    kill_again_and_again(kind, new_database, tmp_path, rounds=50)


def kill_again_and_again(kind: str, new_database: Any, tmp_path: Path, rounds: int) -> None:
    loop = enter_the_loop(found_city(new_database(kind)))
    finding = loop.rectifying()
    late = [
        loop.draft(f"C{number}", state="rectifying", clause_zh=f"逾期{number}") for number in range(rounds * OVERDUE)
    ]
    forget(loop)
    mei, wang = loop.city.mei, loop.city.wang
    with receiver() as web:
        channels.add(loop.db, mei, settings_for(web), "webhook", {"url": web.url()})
        worker = Worker(tmp_path / "home", loop.db.url, web)
        try:
            for number in range(rounds):
                worker.start()
                arrived = len(web.got)
                for one in late[number * OVERDUE : (number + 1) * OVERDUE]:
                    with unit_of_work(loop.db, None) as work:
                        work.record("finding.overdue", "finding", one, step="0", addressed="service_lead")
                for place in range(EACH_ROUND):
                    conversation.say(loop.db, wang, finding, f"{number}-{place}", [mei.account_id])
                wait_until(lambda arrived=arrived: len(web.got) > arrived)  # at work: killed anywhere from here on
                time.sleep(random.uniform(0, 0.1))
                worker.kill()
            let_the_lease_pass(loop)
            worker.start()
            wait_until(lambda: told_to_the_end(loop) and not waiting(loop))
        finally:
            worker.close()
        check(loop, web, rounds * EACH_ROUND)
        check_gathered(loop, web, late)


def wait_until(true: Any, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "the worker does not go on"
        time.sleep(0.01)


def let_the_lease_pass(loop: Loop) -> None:
    """Nobody is at work: what the dead worker had claimed is free again, as it is a minute later."""
    with loop.db.write() as session:
        claimed = (Delivery.state == "waiting", col(Delivery.source).startswith("event:"))
        session.exec(update(Delivery).where(*claimed).values(next_at=clock.now()))


def told_to_the_end(loop: Loop) -> bool:
    with loop.db.read() as session:
        return session.get_one(RelayPosition, 1).seq == session.get_one(ChainHead, 1).seq


def waiting(loop: Loop) -> int:
    """What is not sent yet, but for what waits to be gathered."""
    with loop.db.read() as session:
        at_once = (Delivery.state != "sent", col(Delivery.source).startswith("event:"))
        return session.exec(select(func.count()).where(*at_once)).one()


def check(loop: Loop, web: Receiver, said: int) -> None:
    with loop.db.read() as session:
        mentions = session.exec(select(Event.seq).where(Event.verb == "finding.commented")).all()
        messages = session.exec(select(Message).where(Message.code == "mentioned").order_by(col(Message.id))).all()
        deliveries = session.exec(select(Delivery).where(col(Delivery.source).startswith("event:"))).all()
    assert len(mentions) == said
    assert Counter(row.source for row in messages) == Counter(f"event:{seq}" for seq in mentions), "once each, no more"
    assert {row.account_id for row in messages} == {loop.city.mei.account_id}
    assert Counter(row.source for row in deliveries) == Counter(row.source for row in messages)
    arrived = Counter(body["message"].split("\n")[0] for _, body in web.got)
    assert set(arrived) == {str(row.params["said"]) for row in messages}, "at least once outside"


def check_gathered(loop: Loop, web: Receiver, late: list[int]) -> None:
    """Each finding stands in one message, and all of these arrive outside once their time has come."""
    with loop.db.read() as session:
        lines = session.exec(select(MessageLine.finding_id).where(MessageLine.code == "overdue")).all()
        messages = session.exec(select(Message).where(Message.code == "overdue")).all()
    assert Counter(lines) == Counter(late), "once each, no more"
    assert sum(row.params["many"] for row in messages) == len(late)
    assert len(messages) < len(late) / OVERDUE, "gathered over kills too"
    with clock.stopped(clock.now() + GATHERING):
        while send_due(loop.db, settings_for(web)):
            pass
    titles = {title for title in web.titles if title.startswith("已逾期")}
    assert titles == {f"已逾期 {row.params['many']} 项" for row in messages}, "at least once outside"
