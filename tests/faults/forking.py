"""A process that starts what is to be killed: one child for each line it reads, the one before being dead by then."""

import os
import sys
from collections.abc import Callable


def fork_for_each_line(serve: Callable[[], object]) -> None:
    """Fork, let the child serve, and print its process id, for each line of the standard input."""
    for _ in sys.stdin:
        while True:
            try:
                if os.waitpid(-1, os.WNOHANG)[0] == 0:
                    break
            except ChildProcessError:
                break
        child = os.fork()
        if child == 0:
            serve()
            os._exit(0)
        print(child, flush=True)
