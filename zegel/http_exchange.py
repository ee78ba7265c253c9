"""One HTTP request with an end in sight, and a clear word on whether it may have had effect."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from zegel.delivery_error import DeliveryError
from zegel.mail.domains import ascii_domain

_MOST = 64_000
"""Bytes of an answer that are looked at."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of somebody else's server."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What it said; the body is untrusted."""

    status: int
    body: str = field(repr=False)
    whole: bool = True
    """Whether that is all of it: what is longer than is looked at was left there."""


def exchange(request: Request, seconds: float, most: int = _MOST) -> Answer:
    """Sends `request` and returns the answer, all within `seconds`. No redirect is followed, no proxy used.

    Raises DeliveryError, always temporary: without a connection nothing can have happened; from the first byte
    of the request on it is `unsure`.
    """
    connection, over = _connection(request.url, seconds), time.monotonic() + seconds
    try:
        line = _connected(connection, over)
    except (OSError, ValueError) as error:
        raise _no_connection(error) from None
    # Time-outs of sockets count from byte to byte: an answer, or a handshake, that drips would never end by them.
    end = threading.Timer(max(0.0, over - time.monotonic()), _hang_up, (line,))
    end.start()
    try:
        if isinstance(line, ssl.SSLSocket):
            try:
                line.do_handshake()
            except (OSError, ValueError) as error:
                raise _no_connection(error) from None
        headers = {name: value.encode("utf-8") for name, value in request.headers.items()}
        connection.request(request.method, _path(request.url), body=request.body or None, headers=headers)
        response = connection.getresponse()
        body = response.read(most)
        if end.finished.is_set() or (response.length and len(body) < most):
            raise http.client.IncompleteRead(body)
        return Answer(response.status, body.decode("utf-8", "replace"), len(body) < most)
    except (OSError, http.client.HTTPException) as error:
        text = f"no answer ({type(error).__name__})"
        raise DeliveryError(permanent=False, status="no answer", answer=text, unsure=True) from None
    finally:
        end.cancel()
        line.close()
        connection.close()


def _no_connection(error: Exception) -> DeliveryError:
    return DeliveryError(permanent=False, status="no connection", answer=f"no connection ({type(error).__name__})")


def _connection(url: str, seconds: float) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not host.isascii():
        host = ascii_domain(host)  # Python itself would look for the name of IDNA 2003
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(host, parts.port, timeout=seconds)


def _connected(connection: http.client.HTTPConnection, over: float) -> socket.socket:
    """The line of `connection`; where it is to be HTTPS the handshake is still to come."""
    line = _line(connection.host, connection.port, over)
    if isinstance(connection, http.client.HTTPSConnection):
        try:
            context = ssl.create_default_context()
            line = context.wrap_socket(line, server_hostname=connection.host, do_handshake_on_connect=False)
        except (OSError, ValueError):
            line.close()
            raise
    connection.sock = line
    return line


def _line(host: str, port: int, over: float) -> socket.socket:
    """A connection to the first address of `host` that takes one; each gets its share of the time that is left."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    problem: OSError = TimeoutError()
    for left, (family, kind, protocol, _, address) in zip(range(len(found), 0, -1), found, strict=True):
        seconds = over - time.monotonic()
        if seconds <= 0:
            break
        line = socket.socket(family, kind, protocol)
        try:
            line.settimeout(seconds / left)
            line.connect(address)
        except OSError as error:
            line.close()
            problem = error
            continue
        line.settimeout(max(0.1, over - time.monotonic()))
        return line
    raise problem


def _path(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _hang_up(connected: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)
