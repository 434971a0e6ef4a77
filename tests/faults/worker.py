"""The real job worker as a process that a test kills.

As a program it imports everything once and then, at each line on its input, forks a worker and prints its pid: a killed
worker is back in a moment. What differs from `python -m audit worker`: an attempt to send belongs to its sender for a
shorter time, so that the test need not wait for that of a killed one.
"""

import datetime as dt
import os
import sys

from audit.jobs.worker import serve
from audit.services.installation import installation
from audit.services.messages import outbox

LEASE = dt.timedelta(seconds=2)


def main() -> None:
    """Fork a worker for each line read; the one before was killed by then."""
    outbox.LEASE = LEASE
    for _ in sys.stdin:
        while True:
            try:
                if os.waitpid(-1, os.WNOHANG)[0] == 0:
                    break
            except ChildProcessError:
                break
        child = os.fork()
        if child == 0:
            serve(installation())
            os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    main()
