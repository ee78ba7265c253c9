"""The cryptography, pure and short: no clock, no disk, no settings.

Everything secret is sealed by AES-256-GCM with a random 96-bit nonce. A blob is

    version (1 byte) | nonce (12 bytes) | ciphertext | tag (16 bytes)

Version 0x01 seals bytes as they are, 0x02 a piece of an original that was packed (`zegel/packing.py`);
its associated data is the version, the purpose and the ids of the row it belongs to, so a blob
that is copied to another row, or put to another use, does not open.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable, Iterator
from mmap import mmap

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from zegel.packing import PIECE_BYTES, NotPacked, pack, unpack

KEY_BYTES = 32
CHUNK_BYTES = PIECE_BYTES
_PLAIN, _PACKED = b"\x01", b"\x02"
_NONCE_BYTES = 12
_TAG_BYTES = 16


class SealBroken(Exception):
    """A blob does not open: another key, another row, another purpose, or changed bytes."""


def new_key() -> bytes:
    """A fresh 256-bit key."""
    return secrets.token_bytes(KEY_BYTES)


def seal(key: bytes, plain: bytes | memoryview, purpose: str, *ids: int | str) -> bytes:
    """`plain` sealed under `key` for one purpose and one row.

    The nonce is random: a data key seals one message's few thousand blobs and a day key wraps one
    day's messages, far below the 2^32 uses that NIST SP 800-38D allows a key with random nonces.
    """
    return _seal(_PLAIN, key, plain, purpose, ids)


def unseal(key: bytes, blob: bytes, purpose: str, *ids: int | str) -> bytes:
    """What `seal` was given. Raises SealBroken when anything differs."""
    return _unseal(_PLAIN, key, blob, purpose, ids)


def seal_chunks(key: bytes, plain: bytes | mmap, purpose: str, owner: int) -> Iterator[bytes]:
    """`plain` in sealed pieces of 1 MiB, so that large messages need little memory at a time.

    Each piece is bound to its position and to whether it is the last (the STREAM construction of
    Hoang, Reyhanitabar, Rogaway and Vizár 2015), so pieces cannot be dropped, swapped or cut off.
    """
    count = max(1, -(-len(plain) // CHUNK_BYTES))
    for position in range(count):
        piece = plain[position * CHUNK_BYTES : (position + 1) * CHUNK_BYTES]
        yield _seal(_PACKED, key, pack(piece), purpose, (owner, position, _last(position == count - 1)))


def unseal_chunks(key: bytes, blobs: Iterable[bytes], purpose: str, owner: int, first: int = 0) -> Iterator[bytes]:
    """The pieces of what `seal_chunks` was given, where `blobs` begin with the one of number `first`.

    Raises SealBroken, also when the end is missing.
    """
    iterator = iter(blobs)
    blob = next(iterator, None)
    if blob is None:
        raise SealBroken(f"the sealed {purpose} is gone")
    position = first
    while blob is not None:
        following = next(iterator, None)
        yield _piece(key, blob, purpose, (owner, position, _last(following is None)))
        blob, position = following, position + 1


def derive(master: bytes, purpose: str) -> bytes:
    """The key for one purpose under the master key (HKDF-SHA256, RFC 5869)."""
    if len(master) != KEY_BYTES:
        raise ValueError("a master key has 32 bytes")
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"zegel 1 {purpose}".encode()).derive(master)


def keyed_hash(key: bytes, *values: bytes | str | int) -> bytes:
    """HMAC-SHA256 over `values`, each with its length, so that no two lists of values are alike."""
    return hmac.digest(key, _framed(values), "sha256")


def token(key: bytes, *values: str | int) -> str:
    """A token for a link: 256 bits of keyed hash in base64url, 43 characters."""
    return base64.urlsafe_b64encode(keyed_hash(key, *values)).rstrip(b"=").decode("ascii")


def fingerprint(value: str) -> bytes:
    """SHA-256 of a token: enough to find it, not enough to use it (tokens have 256 bits)."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).digest()


def _seal(version: bytes, key: bytes, plain: bytes | memoryview, purpose: str, ids: Iterable[int | str]) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return version + nonce + _cipher(key).encrypt(nonce, plain, bound_to(version, purpose, ids))


def _unseal(version: bytes, key: bytes, blob: bytes, purpose: str, ids: Iterable[int | str]) -> bytes:
    if len(blob) < 1 + _NONCE_BYTES + _TAG_BYTES or blob[:1] != version:
        raise SealBroken(f"not a sealed {purpose}")
    nonce, sealed = blob[1 : 1 + _NONCE_BYTES], memoryview(blob)[1 + _NONCE_BYTES :]
    try:
        return _cipher(key).decrypt(nonce, sealed, bound_to(version, purpose, ids))
    except InvalidTag:
        raise SealBroken(f"the sealed {purpose} does not open") from None


def _piece(key: bytes, blob: bytes, purpose: str, ids: Iterable[int | str]) -> bytes:
    """A piece of an original; what was sealed before there was packing opens too."""
    if blob[:1] != _PACKED:
        return _unseal(_PLAIN, key, blob, purpose, ids)
    try:
        return unpack(_unseal(_PACKED, key, blob, purpose, ids))
    except NotPacked:
        raise SealBroken(f"the sealed {purpose} does not open") from None


def _cipher(key: bytes) -> AESGCM:
    if len(key) != KEY_BYTES:
        raise ValueError("a key has 32 bytes")
    return AESGCM(key)


def _last(last: bool) -> str:
    return "last" if last else "more"


def bound_to(version: bytes, purpose: str, ids: Iterable[int | str]) -> bytes:
    """What ties a blob to its version, its purpose and its row."""
    return version + _framed((purpose, *ids))


def _framed(values: Iterable[bytes | str | int]) -> bytes:
    framed: list[bytes] = []
    for value in values:
        encoded = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
        framed += (len(encoded).to_bytes(8, "big"), encoded)
    return b"".join(framed)
