"""The real job worker as a process that a test kills.

As a program it imports everything once and then, at each line on its input, forks a worker and prints its pid: a killed
worker is back in a moment. What differs from `python -m audit worker`: an attempt to send belongs to its sender for a
shorter time, so that the test need not wait for that of a killed one.
"""

import datetime as dt

from audit.jobs.worker import serve
from audit.services.installation import installation
from audit.services.messages import outbox
from tests.faults.forking import fork_for_each_line

LEASE = dt.timedelta(seconds=2)


def main() -> None:
    """Fork a worker for each line read; the one before was killed by then."""
    outbox.LEASE = LEASE
    fork_for_each_line(lambda: serve(installation()))


if __name__ == "__main__":
    main()
