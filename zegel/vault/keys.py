"""The master key, and the keys for each purpose that it seals."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from zegel.crypto import KEY_BYTES, derive, new_key, seal, unseal
from zegel.vault.marks import PURPOSES


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The keys for each purpose; never printed.

    They are random, and the database keeps them sealed under the master key: so they stay what they are when the master
    key changes, and the old one opens none of them. Before version 8 of the database they were derived from the master
    key, and stay what they were.
    """

    link: bytes
    """Makes link tokens."""
    lookup: bytes
    """Keyed hashes of what is looked up: addresses, offered messages."""
    form: bytes
    """Ties forms to a browser."""
    mark: bytes
    """Marks mail that is ours."""
    archive: bytes
    """Makes passwords of ZIP files."""
    phone: bytes
    """Seals the numbers of the phone book."""
    code: bytes
    """Makes codes."""
    passkey: bytes
    """Seals passkeys, and makes the handles that they know their users by."""
    notice: bytes
    """Seals what waits to be sent about no message in particular."""
    reply: bytes
    """Makes the references of replies, and the addresses that their bounces go to."""
    person: bytes
    """Seals what recipients chose for themselves, and the kind of their browsers."""
    policy: bytes
    """Seals the versions of rules.yaml, which may hold passwords to try on archives."""
    audit: bytes
    """Signs exports of the audit log."""

    @classmethod
    def new(cls) -> Keys:
        return cls(*(new_key() for _ in cls.__slots__))

    @classmethod
    def from_master(cls, master: bytes) -> Keys:
        """As they were before version 8."""
        return cls(*(derive(master, purpose) for purpose in cls.__slots__))

    def were_derived_from(self, master: bytes) -> bool:
        """Whether any follows from a master key, which then has to stay secret; a newer purpose follows from others."""
        derived = Keys.from_master(master)
        return any(getattr(self, name) == getattr(derived, name) for name in self.__slots__)

    def sealed(self, wrap: bytes) -> str:
        """As the database keeps them."""
        plain = json.dumps({name: getattr(self, name).hex() for name in self.__slots__})
        return seal(wrap, plain.encode(), PURPOSES).hex()

    @classmethod
    def unsealed(cls, wrap: bytes, kept: str) -> Keys:
        """Raises SealBroken when another master key sealed them.

        A purpose that is newer than what is kept gets a key that follows from the others, the same each time.
        """
        plain = unseal(wrap, bytes.fromhex(kept), PURPOSES)
        found: dict[str, str] = json.loads(plain)
        return cls(
            *(bytes.fromhex(found[name]) if name in found else derive(_root(found), name) for name in cls.__slots__)
        )


def _root(found: dict[str, str]) -> bytes:
    return derive(bytes.fromhex(found["link"]), "newer purposes")


def wrap_key(master: bytes) -> bytes:
    """The key that wraps day keys and purposes under a master key."""
    return derive(master, "wrap")


def read_master_key(path: Path) -> bytes:
    """The 32 bytes in a master key's file of 64 hexadecimal digits."""
    return bytes.fromhex(path.read_text(encoding="ascii").strip())


def write_master_key(path: Path) -> None:
    """A new master key in `path`, readable by its owner only. Raises FileExistsError: keys are never overwritten."""
    path.touch(mode=0o400, exist_ok=False)
    path.chmod(0o600)
    path.write_text(secrets.token_hex(KEY_BYTES) + "\n", encoding="ascii")
    path.chmod(0o400)
