"""Requests that a web server in front and the portal might cut at different places, sent to the real process.

Behind each hostile request stands another that would show itself: it asks for /health. Either the first is refused and
the connection ends, or both are understood as any server would.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.limits import within
from tests.unit.portal.portal_process import Served, serve

SECOND = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("portal")
    with serve(folder) as started:
        yield started


def fields(*lines: bytes) -> bytes:
    return b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def statuses(answer: bytes) -> list[int]:
    return [int(found) for found in re.findall(rb"(?:^|\n|ok)HTTP/1\.[01] (\d{3}) ", answer)]


START, FORM = b"POST / HTTP/1.1", b"Content-Type: application/x-www-form-urlencoded"
CHUNKS = b"0\r\n\r\n"

REFUSED: dict[str, bytes] = {
    "length and chunks": fields(START, b"Host: HOST", b"Content-Length: 5", b"Transfer-Encoding: chunked") + CHUNKS,
    "chunks and length": fields(START, b"Host: HOST", b"Transfer-Encoding: chunked", b"Content-Length: 6") + CHUNKS,
    "chunks alone": fields(START, b"Host: HOST", b"Transfer-Encoding: chunked") + CHUNKS,
    "chunks twice": fields(START, b"Host: HOST", b"Transfer-Encoding: chunked", b"Transfer-Encoding: x") + CHUNKS,
    "chunks, then identity": fields(START, b"Host: HOST", b"Transfer-Encoding: chunked, identity") + CHUNKS,
    "xchunked": fields(START, b"Host: HOST", b"Content-Length: 5", b"Transfer-Encoding: xchunked") + CHUNKS,
    "chunked in capitals": fields(START, b"Host: HOST", b"Content-Length: 5", b"TRANSFER-ENCODING: CHUNKED") + CHUNKS,
    "chunked after a tab": fields(START, b"Host: HOST", b"Content-Length: 5", b"Transfer-Encoding:\tchunked") + CHUNKS,
    "chunked after a vertical tab": fields(
        START, b"Host: HOST", b"Content-Length: 5", b"Transfer-Encoding: \x0bchunked"
    )
    + CHUNKS,
    "chunked in quotes": fields(START, b"Host: HOST", b"Content-Length: 5", b'Transfer-Encoding: "chunked"') + CHUNKS,
    "a blank before the colon": fields(START, b"Host: HOST", b"Content-Length: 5", b"Transfer-Encoding : chunked")
    + CHUNKS,
    "a blank before the name": fields(START, b"Host: HOST", b"Content-Length: 5", b" Transfer-Encoding: chunked")
    + CHUNKS,
    "an underscore": fields(START, b"Host: HOST", b"Content-Length: 5", b"Transfer_Encoding: chunked") + CHUNKS,
    "an underscore in the length": fields(START, b"Host: HOST", b"Content_Length: 5"),
    "chunked in a fold": fields(START, b"Host: HOST", b"Content-Length: 5", b"X: y", b"\tTransfer-Encoding: chunked")
    + CHUNKS,
    "chunked by a bare CR": fields(START, b"Host: HOST", b"Content-Length: 5", b"X: y\rTransfer-Encoding: chunked")
    + CHUNKS,
    "chunked by a bare LF": fields(START, b"Host: HOST", b"Content-Length: 5", b"X: y\nTransfer-Encoding: chunked")
    + CHUNKS,
    "chunked in HTTP/1.0": fields(
        b"POST / HTTP/1.0",
        b"Host: HOST",
        b"Connection: keep-alive",
        b"Content-Length: 5",
        b"Transfer-Encoding: chunked",
    )
    + CHUNKS,
    "a chunk extension": fields(START, b"Host: HOST", b"Transfer-Encoding: chunked") + b"1;x=\ny\r\nz\r\n0\r\n\r\n",
    "a trailer": fields(START, b"Host: HOST", b"Transfer-Encoding: chunked") + b"0\r\nContent-Length: 50\r\n\r\n",
    "two lengths": fields(START, b"Host: HOST", b"Content-Length: 0", b"Content-Length: 34"),
    "two equal lengths": fields(START, b"Host: HOST", b"Content-Length: 0", b"Content-Length: 0"),
    "two lengths in one": fields(START, b"Host: HOST", b"Content-Length: 0, 34"),
    "a length of thousands of digits": fields(START, b"Host: HOST", b"Content-Length: " + b"9" * 5000),
    "a length with a sign": fields(START, b"Host: HOST", b"Content-Length: +0"),
    "a length below nothing": fields(START, b"Host: HOST", b"Content-Length: -1"),
    "a length in sixteens": fields(START, b"Host: HOST", b"Content-Length: 0x0"),
    "a length with a point": fields(START, b"Host: HOST", b"Content-Length: 0.0"),
    "a length in other digits": fields(START, b"Host: HOST", "Content-Length: ٠".encode()),
    "a length that is empty": fields(START, b"Host: HOST", b"Content-Length:"),
    "a folded length": fields(START, b"Host: HOST", b"Content-Length: 0", b" 0"),
    "a folded host": fields(b"GET / HTTP/1.1", b"Host: HOST", b" evil.example"),
    "two hosts": fields(b"GET / HTTP/1.1", b"Host: HOST", b"Host: evil.example"),
    "two equal hosts": fields(b"GET / HTTP/1.1", b"Host: HOST", b"hOST: HOST"),
    "a host in the address": fields(b"GET http://evil.example/ HTTP/1.1", b"Host: HOST"),
    "a line without a colon": fields(b"GET / HTTP/1.1", b"Host: HOST", b"GET /health HTTP/1.1"),
    "a name of nothing": fields(b"GET / HTTP/1.1", b"Host: HOST", b": x"),
    "a null in a name": fields(b"GET / HTTP/1.1", b"Host: HOST", b"X\0: y"),
    "a null in a value": fields(b"GET / HTTP/1.1", b"Host: HOST", b"X: y\0z"),
    "a null in the address": fields(b"GET /\0 HTTP/1.1", b"Host: HOST"),
    "a bare CR in the first line": fields(b"GET /\rX HTTP/1.1", b"Host: HOST"),
    "a bare LF in the first line": fields(b"GET / HTTP/1.1\nHost: evil.example", b"Host: HOST"),
    "a blank in the address": fields(b"GET /a b HTTP/1.1", b"Host: HOST"),
    "a tab between": fields(b"GET\t/ HTTP/1.1", b"Host: HOST"),
    "two blanks between": fields(b"GET  / HTTP/1.1", b"Host: HOST"),
    "a small method": fields(b"get / HTTP/1.1", b"Host: HOST"),
    "HTTP/0.9": b"GET /\r\n\r\n",
    "HTTP/2": fields(b"GET / HTTP/2.0", b"Host: HOST"),
    "HTTP/9.9": fields(b"GET / HTTP/9.9", b"Host: HOST"),
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a header of 20 kB": fields(b"GET / HTTP/1.1", b"Host: HOST", b"X: " + b"y" * 20_000),
    "two thousand headers": fields(b"GET / HTTP/1.1", b"Host: HOST", *(b"X%d: y" % n for n in range(2000))),
    "an address of 20 kB": fields(b"GET /" + b"y" * 20_000 + b" HTTP/1.1", b"Host: HOST"),
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_request_that_can_be_read_in_two_ways_is_refused_and_the_line_ends(served: Served, name: str) -> None:
    with within(2):
        answer = served.raw(REFUSED[name].replace(b"HOST", served.host.encode()) + SECOND, timeout=30)
        assert len(statuses(answer)) == 1, answer
        assert statuses(answer)[0] in (400, 431, 501), answer
        head, _, body = answer.partition(b"\r\n\r\n")
        assert b"\r\nConnection: close" in head
        assert b"\r\nX-Content-Type-Options: nosniff" in head
        assert b"\r\nContent-Security-Policy: default-src 'none'" in head
        assert b"\r\nServer:" not in head
        assert body in (b"Bad Request\n", b"Request Header Fields Too Large\n", b"Not Implemented\n")


def test_requests_one_after_the_other_are_answered_in_their_order(served: Served) -> None:
    host = served.host.encode()
    home = fields(b"GET / HTTP/1.1", b"Host: " + host)
    missing = fields(b"GET /missing HTTP/1.1", b"Host: " + host)
    last = fields(b"GET /health HTTP/1.1", b"Host: x", b"Connection: close")
    answer = served.raw(home + SECOND + missing + b"\r\n\r\n" + last)
    assert statuses(answer.replace(b"</html>HTTP", b"</html>\nHTTP")) == [200, 200, 404, 200]


def test_a_body_of_the_length_that_was_said_is_no_request(served: Served) -> None:
    host = b"Host: " + served.host.encode()
    last = fields(b"GET /health HTTP/1.1", b"Host: x", b"Connection: close")
    for start in (b"GET / HTTP/1.1", b"HEAD / HTTP/1.1", b"POST / HTTP/1.1", b"PUT / HTTP/1.1", b"DELETE / HTTP/1.1"):
        hidden = fields(start, host, FORM, b"Content-Length: %d" % len(SECOND)) + SECOND
        answer = served.raw(hidden + last)
        assert answer.count(b"HTTP/1.1 ") == 2, start
        assert answer.endswith(b"\r\n\r\nok")


def test_a_thousand_requests_at_once_are_all_answered_and_nobody_waits(served: Served) -> None:
    last = fields(b"GET /health HTTP/1.1", b"Host: x", b"Connection: close")
    with served.connect() as line:
        line.sendall(SECOND * 1000)
        with within(1):
            assert served.ask("/health").read() == b"ok"
        line.sendall(last)
        answer = b""
        while data := line.recv(1 << 20):
            answer += data
    assert answer.count(b"HTTP/1.1 200 OK") == 1001


def test_a_refusal_repeats_nothing_of_what_was_sent(served: Served) -> None:
    answer = served.raw(b"GET / HTTP/1.1\r\nX: <script>\ralert(1)</script>\r\n\r\n")
    assert statuses(answer) == [400]
    assert b"script>" not in answer


@pytest.mark.parametrize("expects", [(), (b"Expect: 100-continue",)])
def test_what_is_hidden_in_a_body_that_is_too_large_is_no_request(served: Served, expects: tuple[bytes, ...]) -> None:
    host, hidden = b"Host: " + served.host.encode(), SECOND * 2500
    start = (b"POST /m/x/enter HTTP/1.1", host, FORM)
    whole = fields(*start, b"Content-Length: %d" % len(hidden), b"Connection: close") + hidden
    for length in (b"104000001", b"99999999999999999999"):
        unfinished = fields(*start, b"Content-Length: " + length, *expects) + hidden
        assert b"HTTP/1.1 200 " not in served.raw(unfinished, timeout=1), length
    answer = served.raw(whole)
    assert answer.count(b"HTTP/1.1 ") == 1
    assert answer.startswith(b"HTTP/1.1 413 ")
