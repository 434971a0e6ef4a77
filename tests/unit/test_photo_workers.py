"""The workers are bounded: one that hangs, dies or cannot start costs a clear answer, never a wait without end."""

import asyncio
import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

import psutil
import pytest

from audit.errors import RoundsError
from audit.photos.intake import IntakePool
from tests.unit.photo_pictures import coded, png, scene

PHOTO = coded(scene(1, 400, 300))


@pytest.fixture
def make_pool(request: pytest.FixtureRequest) -> Callable[..., IntakePool]:
    def make(*arguments: object, **options: object) -> IntakePool:
        pool = IntakePool(*arguments, **options)  # type: ignore[arg-type]
        request.addfinalizer(pool.close)
        return pool

    return make


def started(pool: IntakePool) -> int:
    pool.take_in(PHOTO)
    return pool.worker_pids()[0]


def test_a_worker_killed_while_it_waits_is_replaced_unnoticed(make_pool: Callable[..., IntakePool]) -> None:
    pool = make_pool(1)
    first = started(pool)
    os.kill(first, signal.SIGKILL)
    assert pool.take_in(PHOTO).size == len(PHOTO)
    assert pool.worker_pids() != [first]


def test_a_worker_killed_over_a_photo_is_replaced_and_the_photo_taken(make_pool: Callable[..., IntakePool]) -> None:
    pool = make_pool(1)
    first = started(pool)
    os.kill(first, signal.SIGSTOP)
    threading.Timer(0.3, os.kill, (first, signal.SIGKILL)).start()
    assert pool.take_in(PHOTO).size == len(PHOTO)


def test_a_photo_that_kills_every_worker_is_refused_and_the_next_one_taken(
    make_pool: Callable[..., IntakePool],
) -> None:
    pool = make_pool(1)
    first = started(pool)
    os.kill(first, signal.SIGSTOP)
    over = threading.Event()

    def kill_all_workers() -> None:
        while not over.is_set():
            for child in psutil.Process().children():
                with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                    if "audit.photos.worker" in child.cmdline():
                        child.kill()
            time.sleep(0.02)

    killer = threading.Thread(target=kill_all_workers)
    killer.start()
    with pytest.raises(RoundsError) as refused:
        pool.take_in(PHOTO)
    over.set()
    killer.join()
    assert refused.value.code in {"photo.unreadable", "busy"}
    assert pool.take_in(PHOTO).size == len(PHOTO)


def test_a_worker_that_hangs_is_ended_and_the_next_photo_taken(make_pool: Callable[..., IntakePool]) -> None:
    pool = make_pool(1, timeout=3)
    first = started(pool)
    os.kill(first, signal.SIGSTOP)
    began = time.monotonic()
    with pytest.raises(RoundsError) as refused:
        pool.take_in(PHOTO)
    assert refused.value.code == "photo.too_slow"
    assert time.monotonic() - began < 6
    assert not psutil.pid_exists(first)
    assert pool.take_in(PHOTO).size == len(PHOTO)


def test_a_hanging_worker_holds_up_no_other_photo(make_pool: Callable[..., IntakePool]) -> None:
    pool = make_pool(2, timeout=20)
    first = started(pool)
    os.kill(first, signal.SIGSTOP)
    stuck = threading.Thread(target=pool.take_in, args=(PHOTO,))
    stuck.start()
    while pool.worker_pids():
        time.sleep(0.01)
    assert pool.take_in(PHOTO).size == len(PHOTO)
    assert stuck.is_alive()
    os.kill(first, signal.SIGCONT)
    stuck.join()


def test_a_photo_that_gets_no_turn_is_told_that_the_system_is_busy(make_pool: Callable[..., IntakePool]) -> None:
    pool = make_pool(1, timeout=1.5, patience=0.0)
    first = started(pool)
    os.kill(first, signal.SIGSTOP)

    async def both() -> list[object]:
        tasks = (asyncio.create_task(pool.take_in_async(PHOTO)) for _ in range(4))
        return await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 10)

    codes = [answer.code for answer in asyncio.run(both()) if isinstance(answer, RoundsError)]
    assert set(codes) <= {"busy", "photo.too_slow"}
    assert codes.count("busy") >= 2


def test_a_request_that_is_given_up_frees_its_place(make_pool: Callable[..., IntakePool]) -> None:
    pool = make_pool(1)
    first = started(pool)
    os.kill(first, signal.SIGSTOP)

    async def give_up() -> None:
        tasks = [asyncio.create_task(pool.take_in_async(PHOTO)) for _ in range(3)]
        await asyncio.sleep(0.2)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(give_up())
    os.kill(first, signal.SIGCONT)
    assert pool.take_in(PHOTO).size == len(PHOTO)
    assert pool.worker_pids() == [first]


def test_a_photo_that_needs_too_much_memory_is_refused_and_the_next_one_taken(
    make_pool: Callable[..., IntakePool],
) -> None:
    pool = make_pool(1, memory=280 * 1024 * 1024)
    greedy = png(8000, 5000, 8, 6, (b"\0" + b"\x20\x60\xa0\x80" * 8000) * 5000)
    with pytest.raises(RoundsError) as refused:
        pool.take_in(greedy)
    assert refused.value.code == "photo.unreadable"
    assert pool.take_in(PHOTO).size == len(PHOTO)


@pytest.mark.parametrize("python", ["/bin/false", "/nowhere/python"])
def test_a_worker_that_cannot_start_is_not_the_photos_fault(
    make_pool: Callable[..., IntakePool], monkeypatch: pytest.MonkeyPatch, python: str
) -> None:
    pool = make_pool(1)
    with monkeypatch.context() as patched:
        patched.setattr(sys, "executable", python)
        with pytest.raises(RoundsError) as refused:
            pool.take_in(PHOTO)
    assert refused.value.code == "busy"
    assert pool.take_in(PHOTO).size == len(PHOTO)


def test_a_worker_knows_no_secrets(make_pool: Callable[..., IntakePool], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDS_DATABASE_URL", "postgresql://somebody:secret@host/rounds")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    environment = psutil.Process(started(make_pool(1))).environ()
    assert not [name for name in environment if name.startswith(("ROUNDS_", "AWS_"))]


def test_a_closed_pool_leaves_no_process_and_takes_nothing() -> None:
    pool = IntakePool(1)
    worker = started(pool)
    pool.close()
    assert not psutil.pid_exists(worker)
    with pytest.raises(RoundsError) as refused:
        pool.take_in(PHOTO)
    assert refused.value.code == "busy"
