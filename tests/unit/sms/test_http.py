"""A gateway by HTTP: what it is sent, and what each kind of answer, silence and garbage is taken for."""

from __future__ import annotations

import json
import socket
import threading
import time
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlsplit
from xml.etree import ElementTree

import pytest

from tests.support.limits import within
from tests.unit.sms.sms_listener import OK, SMS, TEXT, Listen, body_of, failure
from zegel.settings.sms import Accepted, Http, Refused
from zegel.sms.http_gateway import HttpGateway

# What is sent.


def test_a_form_carries_the_text_unchanged(listening: Listen) -> None:
    there = listening(OK)
    HttpGateway(Http(url=there.url, form={"To": "{number}", "Body": "{text}", "Ref": "{reference}"}), 5).send(SMS)
    fields = dict(parse_qsl(body_of(there.requests[0]).decode()))
    assert fields == {"To": SMS.number, "Body": TEXT, "Ref": SMS.reference}


def test_json_is_filled_at_any_depth_and_stays_json(listening: Listen) -> None:
    there = listening(OK)
    body = {"messages": {"to": [{"number": "00{digits}"}], "text": "{text}", "n": 1, "flag": True, "none": None}}
    HttpGateway(Http(url=there.url, json_body=body), 5).send(SMS)
    assert b"Content-Type: application/json" in there.requests[0]
    assert json.loads(body_of(there.requests[0])) == {
        "messages": {"to": [{"number": "0031612345954"}], "text": TEXT, "n": 1, "flag": True, "none": None}
    }


def test_xml_is_escaped(listening: Listen) -> None:
    there = listening(OK)
    HttpGateway(Http(url=there.url, xml_body='<m to="{number}"><t>{text}</t></m>'), 5).send(SMS)
    root = ElementTree.fromstring(body_of(there.requests[0]).decode())
    assert (root.get("to"), root.findtext("t")) == (SMS.number, TEXT)


def test_query_headers_secrets_and_basic_authentication(listening: Listen, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("s3cret&\n")
    key.chmod(0o600)
    there = listening(OK)
    settings = Http(
        url=there.url + "?fixed=1", method="GET", query={"to": "{digits}", "key": "{api_key}"},
        headers={"X-Key": "{api_key}", "X-Text": "{text}"}, secrets={"api_key": key}, user="me", password_file=key,
    )  # fmt: skip
    HttpGateway(settings, 5).send(SMS)
    first, *lines = there.requests[0].decode().split("\r\n")
    assert parse_qs(urlsplit(first.split()[1]).query) == {
        "fixed": ["1"], "to": ["31612345954"], "key": ["s3cret&"],
    }  # fmt: skip
    assert "X-Key: s3cret&" in lines and "Authorization: Basic bWU6czNjcmV0Jg==" in lines
    (text,) = [line for line in lines if line.startswith("X-Text")]
    assert "\n" not in text, "a text is no header of its own"


def test_a_secret_that_looks_like_a_template_is_not_one(listening: Listen, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("{number}")
    key.chmod(0o600)
    there = listening(OK)
    HttpGateway(Http(url=there.url, form={"k": "{key}"}, secrets={"key": key}), 5).send(SMS)
    assert dict(parse_qsl(body_of(there.requests[0]).decode())) == {"k": "{number}"}


# What an answer means.


@pytest.mark.parametrize(
    ("status", "permanent", "unsure"),
    [
        (400, True, False), (422, True, False), (401, False, False), (403, False, False), (404, False, False),
        (429, False, False), (500, False, False), (502, False, False), (503, False, False), (504, False, True),
        (302, False, True), (418, False, True),
    ],
)  # fmt: skip
def test_what_each_status_is_taken_for(listening: Listen, status: int, permanent: bool, unsure: bool) -> None:
    there = listening(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode())
    error = failure(HttpGateway(Http(url=there.url, form={"t": "{text}"}), 5).send)
    assert (error.permanent, error.unsure, error.status) == (permanent, unsure, f"HTTP {status}")


def test_success_may_need_a_word_in_the_answer_and_a_word_may_refuse(listening: Listen) -> None:
    there = listening(b'HTTP/1.1 200 OK\r\n\r\n{"errorCode": 0}')
    accepted = Accepted(status=(200,), body=r'"errorCode": ?0\b')
    HttpGateway(Http(url=there.url, accepted=accepted), 5).send(SMS)
    no = listening(b'HTTP/1.1 200 OK\r\n\r\n{"errorCode": 304}')
    assert failure(HttpGateway(Http(url=no.url, accepted=accepted), 5).send).unsure
    refused = Refused(body=r'"errorCode": ?304')
    assert failure(HttpGateway(Http(url=no.url, accepted=accepted, refused=refused), 5).send).permanent


GARBAGE = [
    b"",
    b"\x00\xff\xfe garbage",
    b"HTTP/1.1\r\n\r\n",
    b"HTTP/1.1 abc OK\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"220 smtp.example ESMTP\r\n",
]


@pytest.mark.parametrize("answer", GARBAGE, ids=[str(number) for number in range(len(GARBAGE))])
def test_garbage_is_no_answer_and_nothing_else_is_raised(listening: Listen, answer: bytes) -> None:
    there = listening(answer)
    error = failure(HttpGateway(Http(url=there.url, form={"t": "{text}"}), 5).send)
    assert error.unsure and not error.permanent


def test_a_closed_port_and_an_unknown_host_are_sure_failures() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for url in (f"http://127.0.0.1:{port}/", "http://nowhere.invalid/", f"https://127.0.0.1:{port}/"):
        error = failure(HttpGateway(Http(url=url, form={"t": "x"}), 5).send)
        assert not error.unsure and not error.permanent


def test_another_address_of_the_gateway_is_tried_and_none_takes_all_the_time(
    listening: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first takes no connection: its queue is full, as where packets are dropped on the way."""
    there, ask = listening(OK), socket.getaddrinfo
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        ports = (full.getsockname()[1], urlsplit(there.url).port)
        both = [each for port in ports for each in ask("127.0.0.1", port, type=socket.SOCK_STREAM)]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
        HttpGateway(Http(url=there.url, form={"t": "x"}), 10).send(SMS)
        for each in waiting:
            each.close()
    assert len(there.requests) == 1


@pytest.mark.parametrize("slow", ["silent", "dripping headers", "dripping body"])
def test_a_slow_gateway_ends_at_the_time_out_whatever_it_does(listening: Listen, slow: str) -> None:
    def answer(connection: socket.socket, _: bytes) -> None:
        if slow == "silent":
            time.sleep(3)
        if slow == "dripping body":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        for _drop in range(30):
            connection.sendall(b"H")
            time.sleep(0.1)

    there = listening(answer)
    with within(2):
        error = failure(HttpGateway(Http(url=there.url, form={"t": "x"}), 1).send)
    assert error.unsure


def test_a_handshake_that_drips_ends_at_the_time_out_too() -> None:
    """Each byte of a TLS record comes in time, and the record never does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        left = threading.Event()

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                try:
                    connection.sendall(b"\x16\x03\x03\x40\x00")
                    for _drop in range(1200):
                        connection.sendall(b"\x02")
                        time.sleep(0.05)
                except OSError:
                    left.set()

        threading.Thread(target=drip, daemon=True).start()
        url = f"https://127.0.0.1:{server.getsockname()[1]}/"
        error = failure(HttpGateway(Http(url=url, form={"t": "x"}), 1).send)
        assert not error.unsure and not error.permanent
        assert left.wait(60), "the gateway was left while it went on"


def test_an_endless_answer_is_not_read_to_its_end(listening: Listen) -> None:
    def answer(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _megabyte in range(50):
            connection.sendall(b"x" * 1_000_000)

    there = listening(answer)
    HttpGateway(Http(url=there.url, form={"t": "x"}), 5).send(SMS)


def test_nothing_secret_is_in_an_error(listening: Listen, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("s3cret")
    key.chmod(0o600)
    there = listening(GARBAGE[1])
    error = failure(HttpGateway(Http(url=there.url, query={"k": "{key}"}, secrets={"key": key}), 5).send)
    shown = f"{error} {error.status} {error!r} {SMS!r} {HttpGateway(Http(url='http://x'), 5).request(SMS)!r}"
    for secret in ("s3cret", "123456", SMS.number):
        assert secret not in shown
