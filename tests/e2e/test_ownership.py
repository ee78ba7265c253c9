"""The table of whose mail it is, through a real Postfix with its maps and a real Zegel."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Iterator

import pytest

from demo.maildir import Letter
from demo.place import free_ports
from demo.stack import Options, Ports, Stack
from tests.e2e.conftest import folder_for_postfix
from tests.e2e.ownership_table import ANNA, LEAVES, POSTMASTER, REFUSED, TABLE, Held, Row, Sealed
from tests.e2e.post import BSN, Post, without_trace
from tests.e2e.postfix_tools import postconf
from tests.e2e.recipient import is_notification, link_in

POSTFIX = {
    "myorigin": "web01.kliniek.example",
    "sender_canonical_maps": "inline:{ {web@oud.lan=anna@kliniek.example}, {web@ander.lan=bram@kliniek.example} }",
    "smtpd_authorized_xclient_hosts": "127.0.0.0/8",
}


class Offered:
    """The table, sent: what Postfix answered to each row, and where its mails are."""

    def __init__(self, post: Post, ports: dict[str, int]) -> None:
        self.post = post
        self._ports = ports
        self.answers = {row.token: self._send(row) for row in TABLE}
        post.settle(60)

    def outside(self) -> list[str]:
        return [each for each in self.post.maildirs.addresses() if not each.endswith("@kliniek.example")]

    def letters(self, row: Row, address: str) -> list[Letter]:
        """The mails about a row in a mailbox."""
        return [each for each in self.post.letters(address) if row.token in each.header("Subject") + each.body("plain")]

    def _send(self, row: Row) -> int:
        if row.way == "sendmail":
            self.post.stack.postfix.sendmail(mail(row).replace(b"\r\n", b"\n"), row.sender, [row.recipient])
            return 250
        with smtplib.SMTP("127.0.0.1", self._ports[row.way], timeout=60) as smtp:
            smtp.ehlo("workstation.kliniek.example")
            if row.login:
                assert smtp.docmd("XCLIENT", f"LOGIN={row.login}")[0] == 220
                smtp.ehlo("workstation.kliniek.example")
            assert smtp.docmd("MAIL", f"FROM:<{row.sender}>")[0] == 250
            assert smtp.docmd("RCPT", f"TO:<{row.recipient}>")[0] == 250
            code, text = smtp.data(mail(row))
            assert code == 250 or b"5.7.1" in text
            return code


def mail(row: Row) -> bytes:
    """The mail of a row; it holds a number that is protected unless the row is clean."""
    fields = (
        f"{row.header}\nTo: {row.recipient}\nSubject: {row.subject}{row.token}\nMessage-ID: <{row.token}@x.example>"
    )
    secret = "Tot morgen." if row.clean else f"Uw BSN is {BSN}."
    return f"{fields}\nMIME-Version: 1.0\n\n{secret}\n".replace("\n", "\r\n").encode()


@pytest.fixture(scope="module")
def offered() -> Iterator[Offered]:
    settings = {"notices": {"receipt": True}, "sender_domains": ["oud.lan"]}
    options = Options(settings=settings, postfix=POSTFIX)
    with folder_for_postfix() as folder, Stack(folder, Ports.free(), options) as stack:
        plain, local = free_ports(2)
        listener = "inet n - n - - smtpd -o cleanup_service_name=masqueraded"
        for name, line in (
            (f"127.0.0.1:{plain}", listener),
            (f"127.0.0.1:{local}", f"{listener} -o local_header_rewrite_clients=permit_inet_interfaces"),
            ("masqueraded", "unix n - n - 0 cleanup -o masquerade_domains=kliniek.example"),
        ):
            postconf(stack.postfix.config, "-M", f"{name}/{line.split()[0]}={name} {line}")
        stack.postfix.reload()
        post = Post(stack)
        yield Offered(post, {"smtp": stack.ports.smtp, "masquerade": plain, "local": local})


@pytest.mark.parametrize("row", TABLE, ids=[row.name for row in TABLE])
def test_a_mail_is_treated_as_the_table_says(offered: Offered, row: Row) -> None:
    arrived = offered.letters(row, row.recipient)
    assert offered.answers[row.token] == (550 if row.must == REFUSED else 250)
    match row.must:
        case Sealed(person, says):
            (notification,) = arrived
            assert is_notification(notification) and BSN.encode() not in notification.raw
            assert notification.header("From") == says
            (back,) = re.findall(r"^Return-Path: <(.*)>$", notification.raw.decode(), re.MULTILINE)
            assert back.lower() == person.lower(), "bounces go to who is told"
            (told,) = offered.letters(row, person)
            assert "/s/" in told.body("plain")
        case Held(person):
            assert arrived == []
            assert {"/s/" in each.body("plain") for each in offered.letters(row, person)} == {True}
        case _ if row.must == LEAVES:
            (original,) = arrived
            assert f"rij-{TABLE.index(row):02}" in original.header("Subject")
            assert is_notification(original) is False and (row.clean or BSN.encode() in original.raw)
        case _:
            assert arrived == []


def test_nothing_of_what_was_protected_is_outside_and_no_page_of_a_sender_is(offered: Offered) -> None:
    """Every mailbox outside, also those that nobody wrote to: SRS and VERP name more of them."""
    may = {row.recipient for row in TABLE if row.must == LEAVES}
    for address in offered.outside():
        for letter in offered.post.letters(address):
            assert address in may or BSN.encode() not in letter.raw
            assert "/s/" not in letter.body("plain") + letter.body("html")


def test_nobody_inside_is_told_of_what_is_not_theirs(offered: Offered) -> None:
    told = {row.must.person.lower() for row in TABLE if isinstance(row.must, Sealed | Held)}
    inside = [each for each in offered.post.maildirs.addresses() if each.endswith("@kliniek.example")]
    with_pages = {each for each in inside for letter in offered.post.letters(each) if "/s/" in letter.body("plain")}
    assert with_pages == told and POSTMASTER in told


def test_a_notification_that_comes_by_again_passes(offered: Offered) -> None:
    row = TABLE[0]
    (notification,) = offered.letters(row, row.recipient)
    again = offered.post.somebody("nogeens")
    offered.post.send(without_trace(notification.raw).replace(b"\n", b"\r\n"), again, sender=ANNA)
    assert link_in(offered.post.wait_for_mail(again)) == link_in(notification)


def test_a_refusal_is_told_in_the_log_without_an_address(offered: Offered) -> None:
    log = (offered.post.stack.log / "milter.log").read_text()
    refused = re.findall(r"refused: 550 5\.7\.1 .*", log)
    assert len(refused) == sum(row.must == REFUSED for row in TABLE)
    assert not any("@" in line for line in refused)
