"""A recipient who writes back, and a sender whose mail program answers: what each of them has in hand, and no more."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Callable, Mapping
from email.message import EmailMessage

from demo.maildir import Letter
from tests.e2e.page import Form, Page
from tests.e2e.post import SENDER, Post, plain
from tests.e2e.recipient import Recipient, link_in

Files = Mapping[str, tuple[str, bytes]]
"""Type and content by name."""
BETWEEN = "between-the-parts-of-a-form"
SECRET = "Uw burgerservicenummer is 111222333 en de kersenbloesem staat in bloei."


def with_files(form: Form, files: Files, values: Mapping[str, str]) -> urllib.request.Request:
    """A form as a browser sends it when files go along."""
    lines: list[bytes] = []
    for name, value in (form.fields | dict(values)).items():
        if name != "files" and (name in values or not name.startswith("to-")):  # a box that nobody ticked
            lines += [f'--{BETWEEN}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()]
    for name, (kind, content) in files.items():
        quoted = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        head = f'--{BETWEEN}\r\nContent-Disposition: form-data; name="files"; filename="{quoted}"\r\n'
        lines += [f"{head}Content-Type: {kind}\r\n\r\n".encode() + content]
    body = b"\r\n".join([*lines, f"--{BETWEEN}--\r\n".encode()])
    headers = {"Content-Type": f"multipart/form-data; boundary={BETWEEN}"}
    return urllib.request.Request(form.action, data=body, headers=headers)


def reply_form(jan: Recipient) -> Form:
    """The form to reply in, reached from the message's page of a browser that is in."""
    page = jan.visitor.get(f"{link_in(jan.notification())}/message")
    return jan.visitor.get(page.link("/reply")).form("/reply")


def write(jan: Recipient, text: str, files: Files | None = None, more: Mapping[str, str] | None = None) -> Page:
    """Reply, with `more` fields such as boxes that are ticked; the page that comes after."""
    return jan.visitor.ask(with_files(reply_form(jan), files or {}, {"text": text, **(more or {})}))


def conversation(jan: Recipient) -> Page:
    """The conversation, from the message's page."""
    page = jan.visitor.get(f"{link_in(jan.notification())}/message")
    return jan.visitor.get(page.link("/conversation"))


def answer_to(letter: Letter, text: str, **headers: str) -> bytes:
    """What a mail program sends when its user answers `letter`: the thread in its header, and the text quoted."""
    asked = letter.message
    references = f"{asked.get('References', '')} {asked['Message-ID']}".split()
    quoted = "\n".join(f"> {line}" for line in letter.body("plain").splitlines())
    told = {"In-Reply-To": str(asked["Message-ID"]), "References": "\n ".join(references)} | headers
    lines = "".join(f"{name}: {value}\n" for name, value in told.items() if value)
    return plain(f"{asked['Subject']}", f"{text}\n\nJan schreef:\n{quoted}", to=str(asked["Reply-To"]), headers=lines)


def message_ids(message: EmailMessage, name: str) -> list[str]:
    """The Message-IDs in a field."""
    return re.findall(r"<[^<>\s]+>", str(message.get(name, "")))


def from_jan(jan: Recipient) -> Callable[[Letter], bool]:
    """Whether a letter is a reply of his."""
    return lambda letter: jan.address in letter.header("Reply-To") and letter.header("Return-Path") != f"<{SENDER}>"


def jan_reads(jan: Recipient, post: Post, to: str = "", body: str = SECRET, **more: str) -> bytes:
    """A sensitive mail to him, unlocked; the mail."""
    raw = plain("Uw gegevens", body, to=to or f"Jan Jansen <{jan.address}>", **more)
    post.send(raw, jan.address)
    jan.unlock()
    return raw
