"""The link between a tablet and the server, as bad as a test wants it: cut, or losing answers after they were given."""

import http.client
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HOP = {"connection", "transfer-encoding", "keep-alive", "server", "date", "content-length"}


class Link:
    """Forwards everything to the server at `port`.

    `down`: no connection gets through. `lose_every`: of the changes the server answered, every n-th answer is lost on
    its way back. `alter`: path → what is done to the content served under it.
    """

    def __init__(self, port: int) -> None:
        self.down = False
        self.lose_every = 0
        self.alter: dict[str, Callable[[bytes], bytes]] = {}
        self.changes = 0
        self.lost = 0
        self.seen: list[tuple[str, str, int]] = []
        self._lock = threading.Lock()
        link = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def handle_one_request(self) -> None:
                if link.down:
                    self.close_connection = True
                    return
                super().handle_one_request()

            def answer(self) -> None:
                link.forward(self, port)

            do_GET = do_POST = do_PUT = do_HEAD = answer

            def log_message(self, *_: Any) -> None:
                """Tests print nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def forward(self, request: BaseHTTPRequestHandler, port: int) -> None:
        """Ask the server, and give its answer back unless it is lost."""
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP}
        upstream.request(request.command, request.path, body, headers)
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        path = request.path.split("?")[0]
        with self._lock:
            self.seen.append((request.command, path, answer.status))
            change = request.command == "PUT"
            self.changes += change
            lost = change and self.lose_every > 0 and self.changes % self.lose_every == 0
            self.lost += lost
        if lost or self.down:
            request.close_connection = True
            return
        if path in self.alter and answer.status == 200:
            content = self.alter[path](content)
        request.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP and not (path in self.alter and name.lower() == "etag"):
                request.send_header(name, value)
        request.send_header("Content-Length", str(len(content)))
        with suppress(BrokenPipeError, ConnectionResetError):  # the page went elsewhere meanwhile
            request.end_headers()
            request.wfile.write(content)

    def close(self) -> None:
        """Stop listening."""
        self.server.shutdown()
        self.server.server_close()
