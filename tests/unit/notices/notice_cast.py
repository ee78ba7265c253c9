"""What the tests of the mails share: an organisation, its logo, originals, and a strict reader of the result."""

from __future__ import annotations

import re
import struct
import zlib
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from zegel.notices.brand import Brand
from zegel.notices.notification import Notified, files_notification, message_notification

SENDER = "anna@kliniek.example"
RECIPIENT = "jan@post.example"
LINK = "https://veilig.kliniek.example/m/Zk3v9xQ2mWc7TtB1yLr5Hn8PaSd0EfGu4JiKoNbVqXw"
EXPIRES = 1_798_722_300.0
SECRET = "BSN 111222333"

PLAIN = (
    b"From: Anna de Boer <anna@kliniek.example>\r\n"
    b"Reply-To: Poli <poli@kliniek.example>\r\n"
    b"To: jan@post.example, bram@kliniek.example\r\n"
    b"Cc: Eva <eva@elders.example>\r\n"
    b"Bcc: stil@elders.example\r\n"
    b"Subject: Uitslag van het onderzoek\r\n"
    b"Date: Mon, 2 Nov 2026 10:00:00 +0100\r\n"
    b"Message-ID: <een@kliniek.example>\r\n"
    b"In-Reply-To: <nul@post.example>\r\n"
    b"References: <min@post.example>\r\n <nul@post.example>\r\n"
    b"X-Secret: BSN 111222333\r\n"
    b"\r\n"
    b"Beste Jan, uw BSN 111222333 klopt.\r\n"
)


def png(width: int, height: int, grey: int = 120) -> bytes:
    """A grey PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes([grey]) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


BRAND = Brand(
    name="Kliniek Noord",
    logo=png(200, 100),
    colour="#0b5a83",
    support="mailto:hulp@kliniek.example",
    privacy="https://kliniek.example/privacy",
    terms="",
)


def message(original: bytes = PLAIN, brand: Brand = BRAND, **changes: Any) -> bytes:
    """A notification of `original` as a message."""
    return message_notification(brand, Notified(original=original, **{**_DEFAULTS, **changes}))


def files(original: bytes, brand: Brand = BRAND, **changes: Any) -> bytes:
    """A notification of the files of `original`."""
    return files_notification(brand, Notified(original=original, **{**_DEFAULTS, **changes}))


_DEFAULTS: dict[str, Any] = {
    "recipient": RECIPIENT,
    "link": LINK,
    "expires_at": EXPIRES,
    "language": "nl",
}


def read(raw: bytes) -> EmailMessage:
    """The mail in `raw`, after checking what SMTP asks of its bytes and MIME of its structure."""
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)|\0", raw), "a bare CR, a bare LF or a NUL"
    assert all(len(line) <= 998 for line in raw.split(b"\r\n")), "a line over 998 bytes"
    parsed = message_from_bytes(raw, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    for part in parsed.walk():
        assert not part.defects, part.defects
    assert parsed["MIME-Version"] == "1.0"
    return parsed


def bodies(mail: EmailMessage) -> tuple[str, str]:
    """The text and the HTML of a mail, decoded."""
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()


def everything(mail: EmailMessage) -> str:
    """All headers and all decoded parts in one string, to look for what may not be there."""
    found: list[str] = []
    for part in mail.walk():
        found += [f"{name}: {value}" for name, value in part.raw_items()]
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            found.append(content.decode("utf-8", "replace"))
    return "\n".join(found)
