"""Our own half of the application as a server that a test kills: the same routes and the same middleware, without the
start-up time of Streamlit and of the tablet form's libraries.

As a program it imports everything once and then, at each line on its input, forks a server process and prints its pid:
a killed server is back in a moment, however busy the machine.
"""

import sys

import uvicorn
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from audit.services.installation import installation
from audit.web.app import create
from audit.web.security import Security
from tests.faults.forking import fork_for_each_line


async def _nothing_else(scope: Scope, receive: Receive, send: Send) -> None:
    await Response("", status_code=404)(scope, receive, send)


_gate = Security(_nothing_else, web=create())


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """ASGI: lifespan here, everything else through the middleware."""
    if scope["type"] != "lifespan":
        await _gate(scope, receive, send)
        return
    await receive()
    installation().db  # noqa: B018  (brought to the newest schema before the first request)
    await send({"type": "lifespan.startup.complete"})
    await receive()
    installation().close()
    await send({"type": "lifespan.shutdown.complete"})


def main(port: int) -> None:
    """Fork a server for each line read; the one before was killed by then."""
    fork_for_each_line(lambda: uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", loop="uvloop"))


if __name__ == "__main__":
    main(int(sys.argv[1]))
