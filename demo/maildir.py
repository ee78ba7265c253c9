"""The Maildirs that Postfix fills, read as a mail program reads them."""

from __future__ import annotations

import base64
import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path

from demo.postfix_config import mailbox_name


@dataclass(frozen=True)
class Letter:
    """One delivered mail."""

    path: Path

    @property
    def key(self) -> str:
        """Its name in the mailbox, safe in a URL."""
        return self.path.name

    @property
    def arrived(self) -> float:
        """Seconds since 1970, to the microsecond, from virtual(8)'s file name."""
        found = re.match(r"(\d+)\.V[0-9a-f]+I[0-9a-f]+M(\d+)\.", self.path.name)
        return int(found[1]) + int(found[2]) / 1e6 if found else self.path.stat().st_mtime

    @cached_property
    def raw(self) -> bytes:
        """The file: LF line ends, Postfix's Return-Path, X-Original-To, Delivered-To and Received on top."""
        return self.path.read_bytes()

    @cached_property
    def message(self) -> EmailMessage:
        """The mail by the standard library: on purpose another reader than Zegel's own."""
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    def header(self, name: str) -> str:
        """The first header of that name as text; empty when it is missing or cannot be read."""
        try:
            return str(self.message.get(name, "")).strip()
        except Exception:  # the standard library raises almost anything on a broken header
            return ""

    def body(self, kind: str) -> str:
        """The body as "plain" or "html"; empty when it has none."""
        try:
            part = self.message.get_body((kind,))
            return str(part.get_content()) if part else ""
        except Exception:  # an unknown charset, a broken encoding
            return ""

    def html(self) -> str:
        """The HTML body with the pictures that came along in place."""
        html = self.body("html")
        for part in self.message.walk():
            name = str(part.get("Content-ID", "")).strip("<> ")
            if name and part.get_content_maintype() == "image":
                payload = part.get_payload(decode=True)
                data = base64.b64encode(payload if isinstance(payload, bytes) else b"").decode()
                html = html.replace(f"cid:{name}", f"data:{part.get_content_type()};base64,{data}")
        return html

    def attachments(self) -> list[tuple[str, str, bytes]]:
        """Name, type and content of each attachment."""
        found = []
        for number, part in enumerate(_attachments(self.message), 1):
            if part.get_content_type() == "message/rfc822":
                content = b"".join(sub.as_bytes() for sub in part.iter_parts())
            else:
                payload = part.get_payload(decode=True)
                content = payload if isinstance(payload, bytes) else b""
            found.append((part.get_filename() or f"file-{number}", part.get_content_type(), content))
        return found

    def sent(self) -> datetime:
        """When it says it was sent, else when it arrived; in local time."""
        try:
            date = self.message["Date"].datetime
        except Exception:  # no date, or one that cannot be read
            date = None
        return date.astimezone() if date else datetime.fromtimestamp(self.arrived).astimezone()


def _attachments(message: EmailMessage) -> Iterator[EmailMessage]:
    try:
        yield from message.iter_attachments()
    except (TypeError, AttributeError, KeyError):
        return


class Maildirs:
    """All mailboxes below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def addresses(self) -> list[str]:
        """Everybody who got mail, in alphabetical order."""
        if not self.folder.is_dir():
            return []
        return sorted(box.name for box in self.folder.iterdir() if box.joinpath("new").is_dir())

    def letters(self, address: str) -> list[Letter]:
        """The mails of `address`, newest first."""
        found = []
        for folder in ("new", "cur"):
            inside = self.folder / mailbox_name(address) / folder
            if inside.is_dir():
                found += [Letter(path) for path in inside.iterdir() if not path.name.startswith(".")]
        return sorted(found, key=lambda letter: letter.arrived, reverse=True)

    def letter(self, address: str, key: str) -> Letter | None:
        """One mail by its key, or None."""
        return next((letter for letter in self.letters(address) if letter.key == key), None)
