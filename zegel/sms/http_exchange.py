"""One HTTP request with an end in sight, and a clear word on whether it may have had effect."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from zegel.delivery_error import DeliveryError
from zegel.mail.domains import ascii_domain

_MOST = 64_000
"""Bytes of an answer that are looked at."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a gateway."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What it said; the body is untrusted."""

    status: int
    body: str = field(repr=False)


def exchange(request: Request, seconds: float) -> Answer:
    """Sends `request` and returns the answer, all within `seconds`. No redirect is followed, no proxy used.

    Raises DeliveryError, always temporary: without a connection nothing can have happened; from the first byte
    of the request on it is `unsure`.
    """
    connection = _connection(request.url, seconds)
    try:
        connection.connect()
    except (OSError, ValueError) as error:
        connection.close()
        text = f"no connection ({type(error).__name__})"
        raise DeliveryError(permanent=False, status="no connection", answer=text) from None
    # Time-outs of sockets count from byte to byte: an answer that drips would never end by them.
    end = threading.Timer(seconds, _hang_up, (connection.sock,))
    end.start()
    try:
        headers = {name: value.encode("utf-8") for name, value in request.headers.items()}
        connection.request(request.method, _path(request.url), body=request.body or None, headers=headers)
        response = connection.getresponse()
        body = response.read(_MOST)
        if end.finished.is_set() or (response.length and len(body) < _MOST):
            raise http.client.IncompleteRead(body)
        return Answer(response.status, body.decode("utf-8", "replace"))
    except (OSError, http.client.HTTPException) as error:
        text = f"no answer ({type(error).__name__})"
        raise DeliveryError(permanent=False, status="no answer", answer=text, unsure=True) from None
    finally:
        end.cancel()
        connection.close()


def _connection(url: str, seconds: float) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not host.isascii():
        host = ascii_domain(host)  # Python itself would look for the name of IDNA 2003
    if parts.scheme == "https":
        return http.client.HTTPSConnection(host, parts.port, timeout=seconds, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, parts.port, timeout=seconds)


def _path(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _hang_up(connected: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)
