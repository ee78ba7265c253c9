"""A content filter that returns mail through the milter, and a rule that protects everything: our own mails pass."""

from __future__ import annotations

import smtplib
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from demo.maildir import Letter
from demo.place import free_ports
from demo.private_postfix import as_root
from demo.stack import CHECKOUT, Options, Ports, Stack
from tests.e2e.conftest import folder_for_postfix
from tests.e2e.post import SENDER, Post, plain
from tests.e2e.recipient import Recipient, is_notification
from zegel.core import open_core
from zegel.officers.clear_release import ClearReleases
from zegel.officers.rules import OfficerRules
from zegel.officers.sign_in import SignIn
from zegel.settings.model import load_settings

ADDED = "regexp:{ { /^Subject:/ PREPEND X-Spam-Status: No, score=0.1 } }"
"""What a filter adds on the way."""
ORDERS = """
  - id: orders
    name: {nl: Bestelnummer, en: Order number}
    level: 1
    release: officer
    when: {pattern: 'bestelling \\d{6}'}
# end of rules
"""
PATIENCE = 60.0


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    rules = tmp_path_factory.mktemp("rules") / "rules.yaml"
    text = CHECKOUT.joinpath("rules.yaml").read_text(encoding="utf-8")
    text = text.replace("always_protect: []", "always_protect: [post.example]")
    rules.write_text(text.replace("\n# end of rules\n", ORDERS), encoding="utf-8")
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


def release(stack: Stack, address: str) -> None:
    """What the console does when an officer presses the button."""
    core = open_core(load_settings(stack.config))
    rules = OfficerRules(core, SignIn(core.settings, core.vault, core.clock))
    try:
        sealed_ = [event for event in core.vault.store.audit_log.events() if event.kind == "sealed"]
        message = core.vault.store.message(sealed_[-1].message or 0)
        assert message
        [delivery] = [each for each in core.vault.store.deliveries.of_message(message.id) if each.recipient == address]
        releases = ClearReleases(core, rules)
        assert releases.release(message, delivery.id, "fg@kliniek.example", "An order") == "done"
        assert releases.release(message, delivery.id, "an@kliniek.example", "An order") == "nothing"
    finally:
        rules.close()
        core.close()


def test_notification_password_and_notices_are_not_sealed_in_turn(post: Post) -> None:
    jan, before = Recipient(post, post.somebody(), "nl"), sealed(post.stack)
    post.send(plain("uitslag", "Uw BSN is 111222333."), jan.address)
    jan.unlock()
    post.settle()
    assert sealed(post.stack) == before + 1, Path(post.stack.log / "milter.log").read_text()[-2000:]
    letters = post.letters(jan.address)
    assert len(letters) == 2, [letter.header("Subject") for letter in letters]
    for letter in letters:
        assert letter.header("X-Spam-Status"), "it did go through the filter"


def test_a_released_false_alarm_arrives_once_as_it_was_written(post: Post) -> None:
    jan, eva = (Recipient(post, post.somebody(domain="elders.example"), "nl") for _ in range(2))
    raw = plain("Uw bestelling", "Dit is bestelling 123456.")
    post.send(raw, [jan.address, eva.address])
    link = jan.landing()
    eva.notification(PATIENCE)
    assert link.status == 200
    before = sealed(post.stack)
    release(post.stack, jan.address)

    def in_clear(letter: Letter) -> bool:
        return not is_notification(letter)

    letter = post.wait_for_mail(jan.address, in_clear, PATIENCE)
    post.settle(PATIENCE)
    header, _, body = letter.raw.partition(b"\n\n")
    sent, _, written = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    assert body == written and set(sent.split(b"\n")) <= set(header.split(b"\n"))
    assert letter.header("X-Zegel-Mark") and letter.header("X-Spam-Status"), (
        "it did go through the filter and the milter"
    )
    assert sealed(post.stack) == before, "and was not sealed anew"
    assert [len(post.letters(each.address)) for each in (jan, eva)] == [2, 1]
    ended = jan.landing()
    assert ended.status == 410 and "gewone e-mail" in ended.text
    assert eva.landing().status == 200
    told = post.wait_for_mail(SENDER, lambda each: "gewone e-mail" in each.header("Subject"), PATIENCE)
    assert jan.address in told.body("plain") and eva.address not in told.body("plain")
