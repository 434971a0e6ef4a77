"""What runs for as long as the server does: database at its newest schema, photo workers, the job worker."""

import asyncio
import gc
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from anyio import to_thread

from audit.config import PROJECT
from audit.services.contest import seasons
from audit.services.holding import held
from audit.services.installation import Installation, installation
from audit.web.packages import ensure_packages
from audit.web.warming import warm

RESTART_SECONDS = 5


def make_ready(house: Installation) -> None:
    """Everything a server needs before it may start; raises what forbids the start. A second time costs nothing."""
    house.make_all()
    seasons.check_running(house.db)
    ensure_packages(house.settings.home)


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    """Start everything before the first request and stop it after the last.

    An application mounted under Streamlit's gets no lifespan of its own, so all of it stands here. What is loaded by
    then stays for good: it is taken out of the garbage collector's rounds.
    """
    house = installation()
    with held(house.settings.home, "home.being_filled", together=True):  # under `streamlit run`, too
        await to_thread.run_sync(make_ready, house)
        await to_thread.run_sync(warm, PROJECT / "pages")
        workers = [asyncio.create_task(_keep_worker()) for _ in range(house.settings.job_workers)]
        gc.collect()
        gc.freeze()
        try:
            yield
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            await asyncio.shield(to_thread.run_sync(house.close))


async def _keep_worker() -> None:
    """Keep one job worker alive. It watches its standard input, so that it ends with us however we end."""
    while True:
        process = subprocess.Popen(
            [sys.executable, "-m", "audit", "worker", "--attached"], cwd=PROJECT, stdin=subprocess.PIPE
        )
        try:
            while process.poll() is None:
                await asyncio.sleep(1)
            await asyncio.sleep(RESTART_SECONDS)
        finally:
            with suppress(OSError):
                if process.stdin:
                    process.stdin.close()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
