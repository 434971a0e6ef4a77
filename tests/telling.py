"""Messages in tests: who was told what, and a mail server and a web server that take what is sent."""

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Any

from aiosmtpd.controller import Controller
from sqlmodel import col, delete, select

from audit.config import Settings
from audit.db.models import Message, MessageLine
from audit.services.messages.relay import relay_all
from tests.looping import Loop
from tests.ports import free_port


def told(loop: Loop) -> list[tuple[str, str]]:
    """(name, code) of everything in inboxes, in order."""
    names = {actor.account_id: name for name, actor in loop.city.actors.items()}
    relay_all(loop.db)
    with loop.db.read() as session:
        rows = session.exec(select(Message.account_id, Message.code).order_by(col(Message.id))).all()
    return [(names[account_id], code) for account_id, code in rows]


def forget(loop: Loop) -> None:
    """What was told so far is out of the way."""
    relay_all(loop.db)
    with loop.db.write() as session:
        session.exec(delete(MessageLine))
        session.exec(delete(Message))


@dataclass
class Receiver:
    """A web server that keeps what is posted to it; `answers`: the status that a path gives, else 200."""

    port: int = 0
    got: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def titles(self) -> list[str]:
        return [body["title"] for _, body in self.got]


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver for as long as the block lasts."""
    kept = Receiver()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = kept.answers.get(self.path.split("?")[0], 200)
            if status == 200:
                kept.got.append((self.path, body))
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Mailbox:
    """What a real mail server on this machine received, as (recipients, subject, text)."""

    port: int
    mails: list[tuple[list[str], str, str]] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        mail = message_from_bytes(envelope.content, policy=policy.default)
        body = mail.get_body()
        self.mails.append((envelope.rcpt_tos, str(mail["subject"]), body.get_content() if body else ""))
        return "250 OK"


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A mail server for as long as the block lasts."""
    kept = Mailbox(free_port())
    controller = Controller(kept, hostname="127.0.0.1", port=kept.port)
    controller.start()
    try:
        yield kept
    finally:
        controller.stop()


def settings_for(web: Receiver | None = None, mail: Mailbox | None = None) -> Settings:
    """Settings in which these may be used."""
    return Settings(
        webhook_hosts=f"127.0.0.1:{web.port}" if web else "",
        smtp_url=f"mailto://127.0.0.1:{mail.port}?from=rounds@example.com&name=Rounds" if mail else "",
        public_url="https://rounds.example",
    )
