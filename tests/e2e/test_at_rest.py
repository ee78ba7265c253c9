"""What lies on the disk after everything happened: nothing that could be read."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

from demo.documents import docx
from tests.e2e.post import Post, plain
from tests.e2e.recipient import Recipient, link_in
from tests.e2e.test_main_job import with_files

BSN = "987654329"
"""One that passes the 11-test and that the shipped rules do not use in their own tests."""


def test_no_secret_can_be_found_outside_the_mailboxes(post: Post, recipient: Callable[..., Recipient]) -> None:
    body, subject, name = (secrets.token_hex(8) for _ in range(3))
    jan, eva = recipient("jan"), recipient("eva")
    post.send(plain(f"Over {subject}", f"BSN {BSN} {body}", to=jan.address), jan.address)
    files = {f"{name}.docx": docx("Lijst", [(BSN,), ("BSN",), (body,)])}
    post.send(with_files(f"Over {subject}", f"Zie {body}, BSN {BSN}.", files, eva.address), eva.address)
    passwords, links = [], []
    for someone in (jan, eva):
        asked = someone.ask_password()
        passwords.append(someone.password())
        links.append(link_in(someone.notification()).rpartition("/")[2])
        wrong = someone.visitor.submit(asked.form("/enter"), password=f"{body}-fout")
        page = someone.visitor.submit(wrong.form("/enter"), password=passwords[-1])
        assert body in someone.body(page)
        someone.files(page)
        someone.original(page)
        someone.archive(page)
        assert someone.visitor.submit(page.form("/sign-out")).status == 200
    post.settle()
    wanted = [body, subject, name, BSN, *links, *passwords, *(word.replace("-", "") for word in passwords)]
    assert found(post.stack.mail, [links[0], passwords[0]]), "the search itself does not work"
    for part in sorted(post.stack.data.iterdir()):
        if part != post.stack.mail:
            assert found(part, wanted) == []


def test_what_others_may_not_read_is_closed(post: Post) -> None:
    data = post.stack.data
    private = [path for path in data.iterdir() if path.suffix in (".key", ".db") or ".db-" in path.name]
    assert {"master.key", "zegel.db", "keyring.db"} <= {path.name for path in private}
    assert [path for path in [*private, data / "spool"] if path.stat().st_mode & 0o077] == []


def found(top: Path, words: list[str]) -> list[str]:
    """`file: word` for each of `words` that a file below `top` holds, whatever its case, also as UTF-16."""
    return [
        f"{path}: {word}"
        for path in files_below(top)
        for content in [path.read_bytes().lower()]
        for word in words
        if word.lower().encode() in content or word.lower().encode("utf-16-le") in content
    ]


def files_below(top: Path) -> Iterator[Path]:
    """All files but those of Postfix's queue that only root may read."""
    if top.is_file():
        yield top
    elif top.is_dir():
        yield from (path for path in top.rglob("*") if path.is_file() and readable(path))


def readable(path: Path) -> bool:
    """Whether we may; a file of Zegel's own that is closed to us would make the search worthless."""
    allowed = os.access(path, os.R_OK)
    assert allowed or "queue" in path.parts, path
    return allowed
