"""A browser for tests: calls the portal as WSGI, keeps cookies, fills in the hidden field of forms."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.support.fakes.access import PASSWORD, TOKEN, FakeAccess
from tests.support.fakes.agreed import FakeAgreed
from tests.support.fakes.codes import FakeCodes
from tests.support.fakes.core import fake_core
from tests.support.fakes.passkeys import FakePasskeys
from tests.support.fakes.replies import FakeConversations, FakeReplies
from tests.support.fakes.sender import FakeSender
from tests.support.fakes.trust import FakeTrust
from zegel.settings.model import Portal, Settings
from zegel.settings.organisation import Organisation
from zegel_portal.app import create_app

M = f"/m/{TOKEN}"
"""The link of the one delivery."""


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        """The page, without the places where an address may be broken."""
        return self.body.decode("utf-8").replace("@<wbr>", "@")

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass
class Client:
    app: Any
    host: str = "safe.kliniek.example"
    language: str = "en"
    cookies: dict[str, str] = field(default_factory=dict)
    errors: io.StringIO = field(default_factory=io.StringIO)

    def call(self, method: str, path: str, body: bytes = b"", **more: Any) -> Answer:
        path, _, query = path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "HTTP_HOST": self.host,
            "HTTP_ACCEPT_LANGUAGE": self.language,
            "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "SERVER_NAME": "portal",
            "SERVER_PORT": "8080",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": self.errors,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": "application/x-www-form-urlencoded" if method == "POST" else "",
            **more,
        }
        started: list[Any] = []
        out = self.app(environ, lambda status, headers, exc_info=None: started.append((status, headers)))
        content = b"".join(out)
        if hasattr(out, "close"):
            out.close()
        status, headers = started[0]
        for name, value in headers:
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        return Answer(int(status[:3]), headers, content)

    def get(self, path: str, **more: Any) -> Answer:
        return self.call("GET", path, **more)

    def post(self, path: str, fields: dict[str, str], **more: Any) -> Answer:
        return self.call("POST", path, urlencode(fields).encode(), **more)

    def submit(self, page: str, action: str, **fields: str) -> Answer:
        """Opens a page and sends its form with what was typed."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.get(page).text)
        assert found, f"no form on {page}"
        return self.post(action, {"csrf": found[1], **fields})

    def unlock(self, password: str = PASSWORD) -> Answer:
        return self.submit(f"{M}/enter", f"{M}/enter", password=password)


def settings_for(url: str = "https://safe.kliniek.example", **organisation: Any) -> Settings:
    return Settings(
        organisation=Organisation(name="Kliniek De Linde", **organisation),
        domains=("kliniek.example",),
        portal=Portal(url=url),
    )


def reader_of(raw: bytes) -> Client:
    """A browser that has opened the mail `raw`."""
    client = client_for(FakeAccess(raw=raw))
    assert client.unlock().header("Location") == f"{M}/message"
    return client


def reading(raw: bytes) -> Client:
    """The same for tests that look at what is made of a thousand mails: one browser that has opened each of them."""
    access, client = _opened()
    access.raw = raw
    return client


@cache
def _opened() -> tuple[FakeAccess, Client]:
    access = FakeAccess()
    client = client_for(access)
    assert client.unlock().header("Location") == f"{M}/message"
    return access, client


def html_mail(html: bytes, charset: str = "utf-8") -> bytes:
    """A mail that is this HTML, in a character set as the mail names it."""
    head = f"Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset={charset}\r\n".encode()
    return head + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(html)


def shown_bytes(html: bytes, charset: str = "utf-8") -> str:
    """The body document that the frame gets for a mail with this HTML."""
    answer = reading(html_mail(html, charset)).get(f"{M}/body")
    assert answer.status == 200
    return answer.text


def shown(html: str) -> str:
    """The same for HTML as text."""
    return shown_bytes(html.encode("utf-8", "surrogatepass"))


def client_for(
    access: FakeAccess,
    settings: Settings | None = None,
    codes: FakeCodes | None = None,
    sender: FakeSender | None = None,
    replies: FakeReplies | None = None,
    conversations: FakeConversations | None = None,
    *,
    passkeys: FakePasskeys | None = None,
    trust: FakeTrust | None = None,
    agreed: FakeAgreed | None = None,
    **more: Any,
) -> Client:
    parts = {"codes": codes, "sender": sender, "replies": replies, "conversations": conversations}
    core = fake_core(settings or settings_for(), access, **parts, passkeys=passkeys, trust=trust, agreed=agreed)
    return Client(create_app(core, **more))


def logo(folder: Path) -> Path:
    """A PNG of one pixel."""
    path = folder / "logo.png"
    path.write_bytes(
        bytes.fromhex(
            "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000"
            "050001a5f645400000000049454e44ae426082"
        )
    )
    return path
