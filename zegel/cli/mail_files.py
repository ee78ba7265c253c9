"""The mails that somebody names on the command line: files, folders, a Maildir, an mbox."""

from __future__ import annotations

import mailbox
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zegel.message.mime.headers import addresses
from zegel.message.reader import Mail, Reader, ReadOptions
from zegel.policy.language.load import Rules
from zegel.settings.model import Limits


@contextmanager
def reader(rules: Rules | None = None, workers: int = 2) -> Iterator[Reader]:
    """A reader that ends with the block; it opens and reads what `rules` say."""
    started = Reader(Limits(), workers, rules.reading if rules is not None else ReadOptions())
    started.start()
    try:
        yield started
    finally:
        started.close()


def mails_in(path: Path) -> Iterator[tuple[str, bytes]]:
    """The mails in a file, a Maildir or an mbox, each with a name."""
    if path.is_dir():
        folders = [path / "new", path / "cur"] if (path / "cur").is_dir() else [path]
        for file in sorted(file for folder in folders for file in folder.iterdir() if file.is_file()):
            yield str(file), file.read_bytes()
    elif path.open("rb").read(5) == b"From ":
        box = mailbox.mbox(path, create=False)
        for key in box.keys():  # noqa: SIM118 (a mailbox iterates over its messages)
            yield f"{path}#{int(key) + 1}", box.get_bytes(key)
    else:
        yield str(path), path.read_bytes()


def count_in(path: Path) -> int:
    """How many mails `mails_in` gives, without reading them."""
    if path.is_dir():
        folders = [path / "new", path / "cur"] if (path / "cur").is_dir() else [path]
        return sum(file.is_file() for folder in folders for file in folder.iterdir())
    if path.open("rb").read(5) == b"From ":
        return len(mailbox.mbox(path, create=False))
    return 1


def written_sender(mail: Mail) -> str:
    """Who a mail says that it is from; "" when it does not."""
    return next((a.address for a in addresses(mail.root.raw_header("from")) if a.address), "")


def written_recipients(mail: Mail) -> tuple[str, ...]:
    """Whom a mail says that it is for."""
    fields = (mail.root.raw_header(name) for name in ("to", "cc", "bcc"))
    return tuple(dict.fromkeys(a.address for field in fields for a in addresses(field) if a.address))
