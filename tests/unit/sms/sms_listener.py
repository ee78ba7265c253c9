"""A gateway's socket for tests, and the SMS that is sent to it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

import pytest

from zegel.delivery_error import DeliveryError
from zegel.sms.gateway import Message

TEXT = 'Uw code is 123456 & "één" <euro>.\n\n@safe.clinic.example #123456'
SMS = Message("+31612345954", TEXT, "Kliniek", "0123456789abcdef0123456789abcdef", "https://safe.clinic.example/r/0123")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Listener:
    """A gateway's socket: `answer` gets the connection and the request, and does what it likes."""

    def __init__(self, answer: Callable[[socket.socket, bytes], None]) -> None:
        self.answer = answer
        self.requests: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/send"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                try:
                    request = _whole(connection)
                    self.requests.append(request)
                    self.answer(connection, request)
                except OSError:
                    pass

    def close(self) -> None:
        self._socket.close()


def _whole(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


Says = bytes | Callable[[socket.socket, bytes], None]
Listen = Callable[[Says], Listener]


def failure(send: Callable[[Message], None]) -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        send(SMS)
    return raised.value


def body_of(request: bytes) -> bytes:
    return request.partition(b"\r\n\r\n")[2]
