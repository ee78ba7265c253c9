"""A content filter that returns mail through the milter, and a rule that protects everything: our own mails pass."""

from __future__ import annotations

import smtplib
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from demo.place import free_ports
from demo.private_postfix import as_root
from demo.stack import CHECKOUT, Options, Ports, Stack
from tests.e2e.conftest import folder_for_postfix
from tests.e2e.post import Post, plain
from tests.e2e.recipient import Recipient

ADDED = "regexp:{ { /^Subject:/ PREPEND X-Spam-Status: No, score=0.1 } }"
"""What a filter adds on the way."""


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    rules = tmp_path_factory.mktemp("rules") / "rules.yaml"
    text = CHECKOUT.joinpath("rules.yaml").read_text(encoding="utf-8")
    rules.write_text(text.replace("always_protect: []", "always_protect: [post.example]"), encoding="utf-8")
    (back,) = free_ports(1)
    main = {"content_filter": f"smtp:[127.0.0.1]:{back}", "header_checks": ADDED}
    notices = {"notices": {"receipt": True, "opened": True}}
    with (
        folder_for_postfix() as folder,
        Stack(folder, Ports.free(), Options(settings=notices, postfix=main, rules=rules)) as stack,
    ):
        add_listener(stack, back)
        yield Post(stack)


def add_listener(stack: Stack, port: int) -> None:
    """Where the filter brings mail back: an ordinary listener with the milter, and without the filter."""
    config, name = stack.postfix.config, f"127.0.0.1:{port}"
    line = f"{name} inet n - n - - smtpd -o content_filter="
    command = ["/usr/sbin/postconf", "-c", str(config), "-M", f"{name}/inet={line}"]
    subprocess.run(as_root(command), check=True, capture_output=True)
    stack.postfix.reload()
    for _ in range(100):
        try:
            with smtplib.SMTP("127.0.0.1", port, timeout=5):
                return
        except OSError:
            continue


def sealed(stack: Stack) -> int:
    with closing(sqlite3.connect(stack.data / "zegel.db")) as database:
        (count,) = database.execute("SELECT count(*) FROM message").fetchone()
    return int(count)


def test_notification_password_and_notices_are_not_sealed_in_turn(post: Post) -> None:
    jan = Recipient(post, post.somebody(), "nl")
    post.send(plain("uitslag", "Uw BSN is 111222333."), jan.address)
    jan.unlock()
    post.settle()
    assert sealed(post.stack) == 1, Path(post.stack.log / "milter.log").read_text()[-2000:]
    letters = post.letters(jan.address)
    assert len(letters) == 2, [letter.header("Subject") for letter in letters]
    for letter in letters:
        assert letter.header("X-Spam-Status"), "it did go through the filter"
