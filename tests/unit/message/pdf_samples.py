"""PDFs made by hand: their objects one by one, locked by none or by one of four ciphers, opening without a password."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from Cryptodome.Cipher import AES, ARC4

PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
Objects = Mapping[int, tuple[bytes, bytes | None]]
"""The dictionary of each object, and its stream."""


def pdf(objects: Objects, lock: str = "") -> bytes:
    """A PDF of these objects, 1 being its root. `lock`: "rc4-40", "rc4-128", "aes-128" or "aes-256"."""
    cipher = _Lock(lock) if lock else None
    out = bytearray(b"%PDF-1.7\n")
    places: dict[int, int] = {}
    for number, (head, stream) in objects.items():
        places[number] = len(out)
        body = cipher.with_strings(number, head) if cipher else head
        if stream is not None:
            held = cipher.locked(number, stream) if cipher else stream
            body = body.replace(b"<<", b"<< /Length %d " % len(held), 1) + b"\nstream\n" + held + b"\nendstream"
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    count = max(objects) + 1
    trailer = b""
    if cipher:
        places[count] = len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (count, cipher.dictionary)
        trailer = b"/Encrypt %d 0 R /ID [(AA) (AA)]" % count
        count += 1
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % count
    for number in range(1, count):
        out += b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 65535 f \n"
    out += b"trailer << /Size %d /Root 1 0 R %b >>\nstartxref\n%d\n%%%%EOF\n" % (count, trailer, start)
    return bytes(out)


class _Lock:
    """The standard security handler with an empty user password (ISO 32000-1, 7.6.3; Adobe's extension level 3)."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        if kind == "aes-256":
            self._of_256_bits()
        else:
            self._of_fewer_bits(2 if kind == "rc4-40" else 3 if kind == "rc4-128" else 4)

    def _of_fewer_bits(self, revision: int) -> None:
        length = 5 if revision == 2 else 16
        rounds = 0 if revision == 2 else 50
        digest = hashlib.md5(b"owner".ljust(5) + PADDING[:27]).digest()
        for _ in range(rounds):
            digest = hashlib.md5(digest).digest()
        owner = self._turned(digest[:length], PADDING, revision)
        digest = hashlib.md5(PADDING + owner + (0xFFFFFFFC).to_bytes(4, "little") + b"AA").digest()
        for _ in range(rounds):
            digest = hashlib.md5(digest[:length]).digest()
        self.key = digest[:length]
        if revision == 2:
            user = ARC4.new(self.key).encrypt(PADDING)
        else:
            user = self._turned(self.key, hashlib.md5(PADDING + b"AA").digest(), revision).ljust(32, b"\0")
        filters = b"/CF << /StdCF << /CFM /AESV2 /Length 16 /AuthEvent /DocOpen >> >> /StmF /StdCF /StrF /StdCF"
        self.dictionary = b"<< /Filter /Standard /V %d /R %d /Length %d /P -4 /O <%b> /U <%b> %b >>" % (
            (1, 2, 4)[revision - 2], revision, length * 8, owner.hex().encode(), user.hex().encode(),
            filters if revision == 4 else b"",
        )  # fmt: skip

    @staticmethod
    def _turned(key: bytes, data: bytes, revision: int) -> bytes:
        for number in range(1 if revision == 2 else 20):
            data = ARC4.new(bytes(byte ^ number for byte in key)).encrypt(data)
        return data

    def _of_256_bits(self) -> None:
        self.key = bytes(range(32))
        salts = b"validate", b"keysalt."
        user = hashlib.sha256(salts[0]).digest() + salts[0] + salts[1]
        wrapped = AES.new(hashlib.sha256(salts[1]).digest(), AES.MODE_CBC, bytes(16)).encrypt(self.key)
        owner = hashlib.sha256(b"owner" + salts[0] + user).digest() + salts[0] + salts[1]
        owner_key = AES.new(hashlib.sha256(b"owner" + salts[1] + user).digest(), AES.MODE_CBC, bytes(16)).encrypt(
            self.key
        )
        permissions = AES.new(self.key, AES.MODE_ECB).encrypt(b"\xfc\xff\xff\xff\xff\xff\xff\xffTadb" + bytes(4))
        self.dictionary = (
            b"<< /Filter /Standard /V 5 /R 5 /Length 256 /P -4 /O <%b> /U <%b> /OE <%b> /UE <%b> /Perms <%b>"
            b" /CF << /StdCF << /CFM /AESV3 /Length 32 /AuthEvent /DocOpen >> >> /StmF /StdCF /StrF /StdCF >>"
        ) % tuple(value.hex().encode() for value in (owner, user, owner_key, wrapped, permissions))

    def locked(self, number: int, data: bytes) -> bytes:
        """The stream of an object under its own key."""
        if self.kind == "aes-256":
            return self._aes(self.key, data)
        salt = b"sAlT" if self.kind == "aes-128" else b""
        digest = hashlib.md5(self.key + number.to_bytes(3, "little") + bytes(2) + salt).digest()
        key = digest[: min(16, len(self.key) + 5)]
        return self._aes(key, data) if salt else ARC4.new(key).encrypt(data)

    def with_strings(self, number: int, head: bytes) -> bytes:
        """The dictionary of an object with its strings locked."""
        return re.sub(rb"\(([^()]*)\)", lambda text: b"<" + self.locked(number, text[1]).hex().encode() + b">", head)

    @staticmethod
    def _aes(key: bytes, data: bytes) -> bytes:
        start = hashlib.md5(data).digest()
        padding = 16 - len(data) % 16
        return start + AES.new(key, AES.MODE_CBC, start).encrypt(data + bytes([padding]) * padding)
