"""A form with files as browsers send it, and people who write back at a portal with the real core."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tests.support.cast import COLLEAGUE, RECIPIENT, SENDER, Built
from tests.unit.portal.portal_client import Answer, Client
from zegel.vault.tables.records import Delivery
from zegel_portal.app import create_app

HOST = "127.0.0.1:8080"
BETWEEN = "----WebKitFormBoundaryAbc123"
KIND = f"multipart/form-data; boundary={BETWEEN}"
File = tuple[str, str, bytes]
"""A name, a type and what is in it."""


def letter(number: int = 1, answers: int = 0, text: str = "Hallo Jan, de uitslag is goed.") -> bytes:
    """A mail of Anna to Jan with a colleague in Cc; `answers` is the number of the one that it answers."""
    thread = f"In-Reply-To: <mail-{answers}@kliniek.example>\r\n" if answers else ""
    return (
        f"From: Anna de Boer <{SENDER}>\r\nTo: Jan Jansen <{RECIPIENT}>\r\n"
        f"Cc: Bram Bos <{COLLEAGUE}>, x@elders.example\r\n"
        f"Subject: uitslag\r\nDate: Fri, 15 Jan 2027 08:00:00 +0000\r\nMessage-ID: <mail-{number}@kliniek.example>\r\n"
        f"{thread}\r\n{text}\r\n"
    ).encode()


def encoded(fields: Iterable[tuple[str, str]], files: Sequence[File] = (), between: str = BETWEEN) -> bytes:
    """multipart/form-data the way Chromium writes it."""
    out = b""
    for name, value in fields:
        out += f'--{between}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        out += value.replace("\n", "\r\n").encode("utf-8", "surrogatepass") + b"\r\n"
    for name, kind, content in files or [("", "application/octet-stream", b"")]:
        written = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        out += f'--{between}\r\nContent-Disposition: form-data; name="files"; filename="{written}"\r\n'.encode()
        out += f"Content-Type: {kind}\r\n\r\n".encode() + content + b"\r\n"
    return out + f"--{between}--\r\n".encode()


def csrf_of(page: Answer) -> str:
    """What the form on a page brings back."""
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def post(
    client: Client, path: str, fields: Iterable[tuple[str, str]], files: Sequence[File] = (), length: int | None = None
) -> Answer:
    """Sends a form with files; `length` is what its header says when that is not true."""
    body = encoded(fields, files)
    more = {} if length is None else {"CONTENT_LENGTH": str(length)}
    return client.call("POST", path, body, CONTENT_TYPE=KIND, **more)


class Writer:
    """A recipient with one browser at the real portal."""

    def __init__(self, built: Built) -> None:
        self.built = built
        core = built.core
        self.client = Client(
            create_app(core),
            host=HOST,
        )

    def path(self, delivery: Delivery) -> str:
        return f"/m/{self.built.link(delivery)}"

    def unlock(self, delivery: Delivery, onward: str = "") -> Answer:
        """Asks for a password and types it; where that leads."""
        path = self.path(delivery)
        before = set(self.built.passwords_sent())
        sent = self.client.post(f"{path}/password{onward}", {"csrf": csrf_of(self.client.get(path))})
        page = self.client.get(sent.header("Location"))
        (password,) = set(self.built.passwords_sent()) - before
        action = re.search(r'action="([^"]+/enter[^"]*)"', page.text)
        assert action
        return self.client.post(action[1].replace("&amp;", "&"), {"csrf": csrf_of(page), "password": password})

    def form(self, delivery: Delivery) -> str:
        return csrf_of(self.client.get(f"{self.path(delivery)}/reply"))

    def write(self, delivery: Delivery, text: str, *files: File, to: Sequence[str] = (), csrf: str = "") -> Answer:
        """Fills in the form and sends it."""
        fields = [("csrf", csrf or self.form(delivery)), *((f"to-{n}", each) for n, each in enumerate(to, 1))]
        return post(self.client, f"{self.path(delivery)}/reply", [*fields, ("text", text)], files)
