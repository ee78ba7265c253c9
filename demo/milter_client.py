"""Postfix's side of the milter protocol, version 6: offers messages to a milter and reads its answers.

Packets are a length (4 bytes, network order), a command byte and data (Sendmail's libmilter/mfdef.h).
What is sent when, and what is waited for, is as in Postfix's src/milter/milter8.c: commands whose reply was
negotiated away are only written, and go out together when a reply is needed.
"""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self

VERSION: Final = 6
ACTIONS: Final = 0x1FF
"""All that a milter may do to a message; Postfix offers all of it."""
HDR_LEADSPC: Final = 0x100000
OFFERED: Final = 0x1FFFFF
"""Every protocol option up to SMFIP_HDR_LEADSPC; Postfix offers all of them."""
CHUNK: Final = 65535
"""Bytes of the body in one packet."""

Kind = Literal["accept", "continue", "tempfail", "reject", "discard", "reply"]
_FINAL: Final[Mapping[bytes, Kind]] = {
    b"a": "accept", b"c": "continue", b"t": "tempfail", b"r": "reject", b"d": "discard", b"y": "reply",
}  # fmt: skip
_CHANGES: Final[Mapping[bytes, str]] = {
    b"+": "addrcpt", b"2": "addrcpt", b"-": "delrcpt", b"b": "replacebody", b"e": "chgfrom", b"h": "addheader",
    b"i": "insheader", b"m": "chgheader", b"q": "quarantine",
}  # fmt: skip
_PROGRESS: Final = b"p"
_SYMBOLS: Final = struct.Struct("!I")

# For each command: the bit that says "do not send it" and the bit that says "no reply comes".
_NOT_SENT: Final = {b"C": 0x1, b"H": 0x2, b"M": 0x4, b"R": 0x8, b"B": 0x10, b"L": 0x20, b"N": 0x40, b"T": 0x200}
_NO_REPLY: Final = {
    b"C": 0x1000, b"H": 0x2000, b"M": 0x4000, b"R": 0x8000, b"B": 0x80000, b"L": 0x80, b"N": 0x40000, b"T": 0x10000,
}  # fmt: skip
_HEADER: Final = re.compile(rb"([!-9;-~][ -9;-~]*?)[ \t]*:(.*)", re.DOTALL)


class MilterError(Exception):
    """The milter closed the connection, stayed silent, or said something that the protocol does not know."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the milter said: the changes that it asked for, in order, and its final word."""

    kind: Kind
    changes: tuple[tuple[str, bytes], ...] = ()
    """(`delrcpt`, `<jan@post.example>`) and the like; arguments as they came, without the closing zero."""
    text: bytes = b""
    """The SMTP reply of kind `reply`, for example `451 4.3.0 Filter failure`."""

    @property
    def deleted(self) -> tuple[bytes, ...]:
        """The recipients to be taken out of the envelope."""
        return tuple(argument for name, argument in self.changes if name == "delrcpt")


class MilterClient:
    """One connection to a milter on a unix socket or a TCP port; it may carry many messages. Raises MilterError."""

    def __init__(self, path: Path | tuple[str, int], *, offered: int = OFFERED, seconds: float = 30.0) -> None:
        self._offered = offered
        self._waiting: list[bytes] = []
        self._socket = socket.socket(socket.AF_UNIX if isinstance(path, Path) else socket.AF_INET)
        self._socket.settimeout(seconds)
        try:
            self._socket.connect(str(path) if isinstance(path, Path) else path)
            self._file = self._socket.makefile("rb")
            self.actions, self.protocol, self.macros = self._negotiate()
        except OSError as error:
            self._socket.close()
            raise MilterError(f"{path}: {error}") from error
        except MilterError:
            self._socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: BaseException | TracebackType | None) -> None:
        if kind is None:
            self.quit()
        else:
            self.close()

    # The commands, one by one.

    def connect(self, host: str = "client.kliniek.example", address: str = "127.0.0.1", port: int = 40_000) -> Answer:
        """Who speaks SMTP to us."""
        family = struct.pack("!cH", b"4", port)
        return self._event(b"C", host.encode() + b"\0" + family + address.encode() + b"\0")

    def helo(self, name: str = "client.kliniek.example") -> Answer:
        return self._event(b"H", _strings([name.encode()]))

    def mail(self, sender: bytes, *parameters: bytes, macros: Mapping[str, bytes] | None = None) -> Answer:
        """MAIL FROM; `sender` with its angle brackets."""
        return self._event(b"M", _strings([sender, *parameters]), macros)

    def rcpt(self, recipient: bytes, *parameters: bytes, macros: Mapping[str, bytes] | None = None) -> Answer:
        """RCPT TO; `recipient` with its angle brackets."""
        return self._event(b"R", _strings([recipient, *parameters]), macros)

    def data(self, macros: Mapping[str, bytes] | None = None) -> Answer:
        return self._event(b"T", b"", macros)

    def header(self, name: bytes, value: bytes) -> Answer:
        r"""One field; `value` is all after the colon, folds as `\n` and what the next line begins with."""
        if not self.protocol & HDR_LEADSPC:
            value = value.lstrip(b" \t")
        return self._event(b"L", _strings([name, value]))

    def eoh(self, macros: Mapping[str, bytes] | None = None) -> Answer:
        return self._event(b"N", b"", macros)

    def body(self, content: bytes) -> Answer:
        """The body, in chunks; stops early when the milter has heard enough."""
        for start in range(0, len(content), CHUNK):
            answer = self._event(b"B", content[start : start + CHUNK])
            if answer.kind != "continue":
                return answer
        return Answer("continue")

    def eom(self, macros: Mapping[str, bytes] | None = None) -> Answer:
        """The end of the message, and what the milter makes of it."""
        return self._event(b"E", b"", macros)

    def abort(self) -> None:
        """Ends the message, not the connection."""
        self._write(b"A", b"")
        self.flush()

    def quit(self) -> None:
        """Ends the connection."""
        try:
            self._write(b"Q", b"")
            self.flush()
        finally:
            self.close()

    def close(self) -> None:
        """Drops the connection, as a Postfix that dies does."""
        self._file.close()
        self._socket.close()

    # A whole message.

    def offer(
        self, raw: bytes, sender: bytes, recipients: Iterable[bytes], *,
        queue_id: str = "4XyZ12abc", login: bytes = b"", parameters: Sequence[bytes] = (), by_smtp: bool = True,
    ) -> Answer:  # fmt: skip
        """A message with CRLF line ends, as Postfix offers it; the first answer that is final, or that of `eom`.

        Not `by_smtp`: as cleanup(8) does for mail by sendmail(1), without the macros that only smtpd(8) has.
        """
        macros = {"i": queue_id.encode()}
        answer = self.mail(sender, *parameters, macros={"{auth_authen}": login} if login else None)
        resolved = {"{rcpt_mailer}": b"smtp"} if by_smtp else None
        for recipient in recipients:
            answer = answer if answer.kind != "continue" else self.rcpt(recipient, macros=resolved)
        if answer.kind == "continue":
            answer = self.data(macros)
        return answer if answer.kind != "continue" else self.content(raw, macros)

    def content(self, raw: bytes, macros: Mapping[str, bytes] | None = None) -> Answer:
        """What follows DATA: a message with CRLF line ends."""
        headers, body = split(raw)
        answer = Answer("continue")
        for name, value in headers:
            answer = self.header(name, value)
            if answer.kind != "continue":
                return answer
        answer = self.eoh(macros)
        if answer.kind == "continue":
            answer = self.body(body)
        return self.eom(macros) if answer.kind == "continue" else answer

    # Packets.

    def _negotiate(self) -> tuple[int, int, dict[int, bytes]]:
        self._write(b"O", struct.pack("!III", VERSION, ACTIONS, self._offered))
        command, data = self._read()
        if command != b"O" or len(data) < 12:
            raise MilterError(f"answered the negotiation with {command!r}")
        _, actions, protocol = struct.unpack_from("!III", data)
        if protocol & ~self._offered or actions & ~ACTIONS:
            raise MilterError(f"wants what was not offered: actions {actions:#x}, protocol {protocol:#x}")
        return actions, protocol, _wanted_macros(data[12:])

    def _event(self, command: bytes, data: bytes, macros: Mapping[str, bytes] | None = None) -> Answer:
        if self.protocol & _NOT_SENT.get(command, 0):
            return Answer("continue")
        if macros:
            pairs = [word for name, value in macros.items() for word in (name.encode(), value)]
            self._write(b"D", command + _strings(pairs))
        self._write(command, data)
        if self.protocol & _NO_REPLY.get(command, 0):
            return Answer("continue")
        return self._answer()

    def _answer(self) -> Answer:
        changes: list[tuple[str, bytes]] = []
        while True:
            command, data = self._read()
            if command in _FINAL:
                return Answer(_FINAL[command], tuple(changes), data.rstrip(b"\0"))
            if command in _CHANGES:
                changes.append((_CHANGES[command], data.removesuffix(b"\0")))
            elif command != _PROGRESS:
                raise MilterError(f"answered with {command!r}")

    def _write(self, command: bytes, data: bytes) -> None:
        self._waiting += (struct.pack("!Ic", len(data) + 1, command), data)

    def flush(self) -> None:
        """Sends what waits for a command that has an answer."""
        packets, self._waiting = b"".join(self._waiting), []
        try:
            self._socket.sendall(packets)
        except OSError as error:
            raise MilterError(f"the milter does not take what it is sent: {error}") from error

    def _read(self) -> tuple[bytes, bytes]:
        self.flush()
        try:
            head = self._file.read(5)
            if len(head) < 5:
                raise MilterError("the milter closed the connection")
            length, command = struct.unpack("!Ic", head)
            data = self._file.read(length - 1)
        except OSError as error:
            raise MilterError(f"the milter does not answer: {error}") from error
        if len(data) < length - 1:
            raise MilterError("the milter closed the connection")
        return command, data


def split(raw: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
    r"""Header fields and body of a message with CRLF line ends, divided where Postfix divides it.

    The header ends at an empty line, or at the first line that can be no field.

    >>> split(b"Subject: hallo\r\n daar\r\nX:\r\n\r\nDag\r\n")
    ([(b'Subject', b' hallo\n daar'), (b'X', b'')], b'Dag\r\n')
    """
    fields: list[bytes] = []
    start = 0
    while start < len(raw):
        end = raw.find(b"\r\n", start)
        line, after = (raw[start:], len(raw)) if end < 0 else (raw[start:end], end + 2)
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1] += b"\n" + line
        elif _HEADER.match(line):
            fields.append(line)
        else:
            start = start if line else after
            break
        start = after
    found = [_HEADER.fullmatch(field) for field in fields]
    return [(match[1], match[2]) for match in found if match], raw[start:]


def _strings(words: Iterable[bytes]) -> bytes:
    return b"".join(word + b"\0" for word in words)


def _wanted_macros(data: bytes) -> dict[int, bytes]:
    """What the milter wants to know at each stage (SMFIR_SETSYMLIST): stage number to macro names."""
    wanted = {}
    while len(data) > _SYMBOLS.size:
        (stage,) = _SYMBOLS.unpack_from(data)
        names, _, data = data[_SYMBOLS.size :].partition(b"\0")
        wanted[stage] = names
    return wanted
