"""Sealing for somebody else: who seals has the public half of a pair, and opens nothing with it.

HPKE (RFC 9180) in base mode, a fresh ephemeral key for each box: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
A box is

    version 0x03 (1 byte) | encapsulated key (32 bytes) | ciphertext | tag (16 bytes)

Its `info` is the version, the purpose and the ids of the row, as the associated data of other blobs (zegel/crypto.py).
"""

from __future__ import annotations

from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from zegel.crypto import SealBroken, bound_to, derive

_BOX = b"\x03"
PUBLIC_BYTES = 32
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


_publics: dict[bytes, bytes] = {}
"""Those asked for lately, by a hash of their key: the key of a day that is over must not stay in memory."""


def public_half(secret: bytes) -> bytes:
    """The half that seals, of the pair that belongs to a key of 32 bytes; the key itself is the way to the other."""
    mark = sha256(secret).digest()
    public = _publics.get(mark)
    if public is None:
        if len(_publics) >= 64:
            _publics.clear()
        public = _publics[mark] = _private(secret).public_key().public_bytes_raw()
    return public


def seal_for(public: bytes, plain: bytes, purpose: str, *ids: int | str) -> bytes:
    """`plain` sealed for who has the key that `public` belongs to; who sealed it cannot open it."""
    key = X25519PublicKey.from_public_bytes(public)
    return _BOX + _SUITE.encrypt(plain, key, bound_to(_BOX, purpose, ids))


def is_box(blob: bytes) -> bool:
    return blob[:1] == _BOX


def unseal_box(secret: bytes, blob: bytes, purpose: str, *ids: int | str) -> bytes:
    """What `seal_for` was given. Raises SealBroken when anything differs."""
    if not is_box(blob):
        raise SealBroken(f"not a sealed {purpose}")
    try:
        return _SUITE.decrypt(blob[1:], _private(secret), bound_to(_BOX, purpose, ids))
    except (InvalidTag, ValueError):
        raise SealBroken(f"the sealed {purpose} does not open") from None


def _private(secret: bytes) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(derive(secret, "pair"))
