"""Where Postfix asks for the way of each mail that is delivered directly (socketmap_table(5)).

    route    by envelope sender, which is another for each attempt: the transport, and the host to bring it to
    policy   by domain, for MTA-STS: the names that a certificate may have

Nothing here opens a way that is not proven: a sender that is not known goes by DANE to the domain of its recipient,
and a domain that is not known is trusted with no certificate. So nothing has to survive a restart, and no file that
Postfix reads has to be written.
"""

from __future__ import annotations

import logging
import socketserver
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from io import BufferedIOBase
from typing import IO

from zegel.direct.proof import Proof

log = logging.getLogger("zegel.courier")
DANE, CERTIFICATE = "zegel-direct", "zegel-direct-sts"
"""Transports of postfix/master.cf.fragment: verified by DANE only, and by a certificate for given names only."""
KEPT = 3600.0
"""Seconds that a way is known: Postfix tries once, at once."""
_MOST = 50_000
_LONGEST = 2048


class Ways:
    """The ways of the mails that are under way; any thread may use it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._routes: OrderedDict[str, tuple[float, str]] = OrderedDict()
        self._policies: OrderedDict[str, tuple[float, str]] = OrderedDict()

    def set(self, sender: str, proof: Proof) -> None:
        """From now on mail from `sender` goes where `proof` says."""
        transport = CERTIFICATE if proof.kind == "mta-sts" else DANE
        with self._lock:
            self._keep(self._routes, sender.lower(), f"FILTER {transport}:{proof.nexthop}")
            if proof.match:
                names = ":".join(proof.match)
                self._keep(self._policies, proof.domain, f"secure match={names} servername=hostname")

    def find(self, table: str, key: str) -> str:
        """What Postfix asks for; "" for nothing."""
        there = {"route": self._routes, "policy": self._policies}.get(table, OrderedDict())
        with self._lock:
            ends_at, value = there.get(key.lower(), (0.0, ""))
        return value if ends_at > self._clock() else ""

    def _keep(self, there: OrderedDict[str, tuple[float, str]], key: str, value: str) -> None:
        there[key] = (self._clock() + KEPT, value)
        there.move_to_end(key)
        while len(there) > _MOST or next(iter(there.values()))[0] <= self._clock():
            there.popitem(last=False)


class WaysServer(socketserver.ThreadingTCPServer):
    """Answers Postfix on 127.0.0.1. Raises OSError when the port is taken."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int, ways: Ways) -> None:
        self.ways = ways
        super().__init__(("127.0.0.1", port), _Connection)

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, args=(0.1,), name="ways", daemon=True).start()


class _Connection(socketserver.StreamRequestHandler):
    """Postfix keeps a connection and asks again and again."""

    server: WaysServer

    def handle(self) -> None:
        while (asked := read_netstring(self.rfile)) is not None:
            table, _, key = asked.decode("utf-8", "replace").partition(" ")
            found = self.server.ways.find(table, key)
            answer = f"OK {found}" if found else "NOTFOUND "
            self.wfile.write(netstring(answer.encode("utf-8", "replace")))


def netstring(content: bytes) -> bytes:
    """
    >>> netstring(b"OK x")
    b'4:OK x,'
    """
    return b"%d:%s," % (len(content), content)


def read_netstring(file: IO[bytes] | BufferedIOBase) -> bytes | None:
    """The next one; None at the end, and for what is none."""
    digits = b""
    while (byte := file.read(1)) != b":":
        if not byte.isdigit() or len(digits) > 4:
            return None
        digits += byte
    size = int(digits or b"0")
    content = file.read(size + 1) if size <= _LONGEST else b""
    return content[:-1] if len(content) == size + 1 and content.endswith(b",") else None
