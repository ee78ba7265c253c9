"""A passkey in software: answers as a browser and its authenticator do (WebAuthn level 3, sections 6.1 and 7).

What a test wants to be wrong it says with `replace`, or as an argument.
"""

from __future__ import annotations

import base64
import json
import secrets
import struct
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.cose import ES256

UP, UV, AT = 0x01, 0x04, 0x40
ORIGIN = "https://safe.kliniek.example"


def text(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def data(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """One passkey; `count` is None for one that is on several devices, which counts nothing."""

    origin: str = ORIGIN
    count: int | None = None
    flags: int = UP | UV
    cross_origin: bool = False
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    algorithm: int = ES256.ALGORITHM
    host: str = ""
    """The RP ID, where it is not the one that was asked for."""
    user: bytes = b""
    asked: dict[str, Any] = field(default_factory=dict)

    def make(self, options: str) -> str:
        """The answer to what navigator.credentials.create() is given."""
        self.asked = json.loads(options)
        self.user = data(self.asked["user"]["id"])
        self.host = self.host or self.asked["rp"]["id"]
        numbers = self.key.public_key().public_numbers()
        place = {-2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        public = {1: 2, 3: self.algorithm, -1: 1} | place  # RFC 9053, section 2.1: ES256 on P-256
        credential = bytes(16) + struct.pack(">H", len(self.id)) + self.id + cbor.encode(public)
        attestation = {"fmt": "none", "attStmt": {}, "authData": self._data(AT) + credential}
        return self._answer("webauthn.create", attestationObject=cbor.encode(attestation))

    def use(self, options: str, **response: bytes) -> str:
        """The answer to what navigator.credentials.get() is given; `response` goes over what is true."""
        self.asked = json.loads(options)
        if self.count is not None:
            self.count += 1
        signed = self._data(0)
        client = self._client("webauthn.get")
        signature = self.key.sign(signed + sha256(client).digest(), ec.ECDSA(SHA256()))
        true = {"authenticatorData": signed, "signature": signature, "userHandle": self.user}
        return self._answer("webauthn.get", **true | response)

    def _data(self, flags: int) -> bytes:
        hashed = sha256((self.host or self.asked["rpId"]).encode()).digest()
        return hashed + struct.pack(">BI", self.flags | flags, self.count or 0)

    def _client(self, what: str) -> bytes:
        said = {"type": what, "challenge": self.asked["challenge"], "origin": self.origin}
        return json.dumps(said | {"crossOrigin": self.cross_origin}).encode()

    def _answer(self, what: str, **response: bytes) -> str:
        told = {"clientDataJSON": self._client(what)} | response
        answer = {"id": text(self.id), "rawId": text(self.id), "type": "public-key", "clientExtensionResults": {}}
        return json.dumps(answer | {"response": {name: text(value) for name, value in told.items()}})
