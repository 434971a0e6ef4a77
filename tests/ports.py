"""Ports of 127.0.0.1 for servers under test."""

import random
import socket

LISTENING = range(15_000, 32_000)  # below those that systems give to connections on their way out


def free_port() -> int:
    """A port that nobody listens on, and that no connection will take while its server is down.

    A port that the system chooses can be taken by a client that knocks in vain: on the loopback it then is connected
    to itself, and the server cannot start again.
    """
    while True:
        port = random.choice(LISTENING)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
