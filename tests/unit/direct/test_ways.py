"""Where Postfix asks for the way of a mail, what reports say, and which version of TLS the log names."""

from __future__ import annotations

import socket
from pathlib import Path
from threading import Timer

import pytest

from tests.support.direct.by_hand import DELIVERED, LATER, PROVEN, REFUSED, UNPROVEN, UNREACHABLE
from zegel.direct.proof import Proof
from zegel.direct.report import report_in
from zegel.direct.tls_log import tls_version
from zegel_courier.ways import KEPT, Ways, WaysServer, netstring

STS = Proof("mta-sts", "b.example", ("mx.b.example", "*.c.example"), "b.example", 10.0, ("mx.b.example", ".c.example"))
NTA = Proof("nta7516", "d.example", ("x.example",), "[x.example],[y.example]", 10.0)


def asked(port: int, *keys: str) -> list[bytes]:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        answers = []
        for key in keys:
            connection.sendall(netstring(key.encode()))
            answers.append(connection.recv(4096))
        return answers


def test_postfix_is_told_the_way_of_each_sender_and_nothing_else() -> None:
    ways = Ways()
    ways.set("no-reply+dA@x", PROVEN)
    ways.set("no-reply+db@x", STS)
    ways.set("no-reply+dc@x", NTA)
    server = WaysServer(0, ways)
    server.start()
    keys = (
        "route no-reply+da@x", "route no-reply+db@x", "route no-reply+dc@x", "policy b.example", "policy post.example",
        "route somebody@else", "other b.example", "policy",
    )  # fmt: skip
    assert asked(server.server_address[1], *keys) == [
        netstring(b"OK FILTER zegel-direct:post.example"),
        netstring(b"OK FILTER zegel-direct-sts:b.example"),
        netstring(b"OK FILTER zegel-direct:[x.example],[y.example]"),
        netstring(b"OK secure match=mx.b.example:.c.example servername=hostname"),
        *[netstring(b"NOTFOUND ")] * 4,
    ]
    server.shutdown()
    server.server_close()


def test_a_way_is_forgotten() -> None:
    now = [0.0]
    ways = Ways(lambda: now[0])
    ways.set("a@x", PROVEN)
    now[0] = KEPT + 1
    assert ways.find("route", "a@x") == ""


@pytest.mark.parametrize("content", [b"junk", b"99999999999:x", b"3:abcd", b":", b"2000000:x,"])
def test_what_is_no_netstring_ends_the_connection_and_no_more(content: bytes) -> None:
    server = WaysServer(0, Ways())
    server.start()
    with socket.create_connection(("127.0.0.1", server.server_address[1]), timeout=30) as connection:
        connection.sendall(content)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100) == b""
    assert asked(server.server_address[1], "policy x") == [netstring(b"NOTFOUND ")]
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("mail", "outcome"),
    [
        (DELIVERED, "delivered"),
        (UNPROVEN, "not proven"),
        (REFUSED, "refused"),
        (LATER, "later"),
        (UNREACHABLE, "later"),
    ],
    ids=["delivered", "unproven", "refused", "later", "unreachable"],
)
def test_a_report_says_one_thing(mail: bytes, outcome: str) -> None:
    report = report_in(mail)
    assert report is not None and report.outcome == outcome


def test_a_mail_that_is_no_report_says_nothing() -> None:
    assert report_in(b"From: a@b\r\nSubject: Action: delivered\r\n\r\nAction: relayed\r\nStatus: 2.0.0\r\n") is None


SMTP = "Nov 27 03:00:00 m postfix/zegel-direct/smtp"
MADE = "Verified TLS connection established to"
LOG = (
    f"{SMTP}[11]: {MADE} mx.a.example[192.0.2.1]:25: TLSv1.2 with cipher X\n"
    f"{SMTP}[12]: {MADE} mx.a.example[192.0.2.1]:25: TLSv1.3 with cipher X\n"
    f"{SMTP}[12]: {MADE} mx.b.example[192.0.2.2]:25: TLSv1.2 with cipher X\n"
    f"{SMTP}[12]: 4XYZ12AbCdEf: to=<jan@a.example>, relay=mx.a.example[192.0.2.1]:25, status=sent (250)\n"
)


def test_the_version_of_tls_is_that_of_this_mail_and_server(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    assert tls_version(log, "4XYZ12AbCdEf", "mx.a.example") == "TLS", "there is no log"
    log.write_text(LOG)
    assert tls_version(log, "4XYZ12AbCdEf", "mx.a.example") == "TLS 1.3"
    assert tls_version(log, "4XYZ12AbCdEg", "mx.a.example", patience=0) == "TLS"
    assert tls_version(log, ".*", "mx.a.example") == "TLS"


def test_a_line_that_comes_after_the_report_is_waited_for(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    first, last = LOG[: LOG.index(f"{SMTP}[12]: 4XYZ")], LOG[LOG.index(f"{SMTP}[12]: 4XYZ") :]
    log.write_text(first)
    later = Timer(0.2, lambda: log.write_text(first + last))
    later.start()
    assert tls_version(log, "4XYZ12AbCdEf", "mx.a.example", patience=60) == "TLS 1.3"
    later.join()
