"""`zegel check` asks whether Postfix takes mail for each address that is published."""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Iterator

import pytest

from zegel.cli.checks.listeners import replies
from zegel.settings.model import Portal, Settings
from zegel.settings.organisation import Organisation
from zegel.settings.replies import Replies
from zegel.settings.writing import Published, Write


class Mailboxes(socketserver.StreamRequestHandler):
    """A mail server that has some mailboxes."""

    known = ("postmaster@kliniek.example", "balie@kliniek.example")

    def handle(self) -> None:
        self.wfile.write(b"220 mail ESMTP\r\n")
        for line in self.rfile:
            to = re.match(rb"RCPT TO:<(.+)>", line)
            wrong = to is not None and to[1].decode() not in self.known
            over = line.upper().startswith(b"QUIT")
            self.wfile.write(b"221 bye\r\n" if over else b"550 5.1.1 no such user\r\n" if wrong else b"250 ok\r\n")
            if over:
                return


@pytest.fixture
def port() -> Iterator[int]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailboxes) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("addresses", "state", "named"),
    [
        ((), "ok", ""),
        (("balie@kliniek.example",), "ok", ""),
        (
            ("balie@kliniek.example", "weg@kliniek.example"),
            "warning",
            "to weg@kliniek.example: 550 5.1.1 no such user. Who writes first",
        ),
    ],
)
def test_a_published_address_without_a_mailbox_is_named(
    port: int, addresses: tuple[str, ...], state: str, named: str
) -> None:
    settings = Settings(
        organisation=Organisation(name="De Kliniek"),
        domains=("kliniek.example",),
        portal=Portal(url="https://veilig.kliniek.example"),
        replies=Replies(port=port),
        write=Write(addresses=tuple(Published(address=each, name="x") for each in addresses)),
    )
    ((found, text),) = replies(settings)
    assert found == state and named in text
