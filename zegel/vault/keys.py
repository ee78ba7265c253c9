"""The master key, the sealing key that follows from it, and the keys for each purpose that they seal."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from zegel.crypto import KEY_BYTES, SealBroken, derive, new_key, seal, unseal
from zegel.pairs import public_half
from zegel.vault.marks import PURPOSES, SEALING


class SealingPurposes(Protocol):
    """The keys that sealing needs: what the milter may ask for, and nothing else."""

    @property
    def link(self) -> bytes: ...
    @property
    def lookup(self) -> bytes: ...
    @property
    def mark(self) -> bytes: ...
    @property
    def reply(self) -> bytes: ...
    @property
    def person(self) -> bytes: ...
    @property
    def days(self) -> bytes: ...
    @property
    def notices(self) -> bytes: ...


@dataclass(frozen=True, slots=True, repr=False)
class SealingKeys:
    """What the milter has; none of it opens a message, a telephone number, or what waits to be sent.

    Each is that of the same name in `Keys`. A purpose that is newer than a database follows there from `link`, so one
    that the milter may not have has to follow from another.
    """

    link: bytes
    lookup: bytes
    mark: bytes
    reply: bytes
    person: bytes
    days: bytes
    notices: bytes

    def sealed(self, wrap: bytes) -> str:
        """As the database keeps them, under the sealing key."""
        plain = json.dumps({name: key.hex() for name, key in asdict(self).items()})
        return seal(wrap, plain.encode(), SEALING).hex()

    @classmethod
    def unsealed(cls, wrap: bytes, kept: str) -> SealingKeys:
        """Raises SealBroken when another sealing key sealed them, or an older Zegel others."""
        found: dict[str, str] = json.loads(unseal(wrap, bytes.fromhex(kept), SEALING))
        if found.keys() != set(cls.__slots__):
            raise SealBroken("the keys for sealing are those of another version")
        return cls(**{name: bytes.fromhex(found[name]) for name in cls.__slots__})


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
    days: bytes
    """Vouches for the public halves of days, which the database keeps."""

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

    @property
    def notices(self) -> bytes:
        """The public half that belongs to `notice`: for who has something to be sent, and may not open what waits."""
        return public_half(self.notice)

    def for_sealing(self) -> SealingKeys:
        """What the milter has of them."""
        return SealingKeys(**{name: getattr(self, name) for name in SealingKeys.__slots__})

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


def sealing_key(master: bytes) -> bytes:
    """What the milter has in place of the master key, which does not follow from it."""
    return derive(master, "sealing")


def holds_sealing_key(path: Path, master: Path) -> bool:
    """Whether `path` has the sealing key that follows from the master key in the file `master`. Raises OSError."""
    return path.exists() and path.read_text(encoding="ascii") == _sealing_text(master)


def _sealing_text(master: Path) -> str:
    return f"{sealing_key(read_master_key(master)).hex()}\n"


def write_sealing_key(path: Path, master: Path) -> bool:
    """Writes the sealing key that follows from the master key in the file `master`; False when it is there already.

    It belongs to whom that one belongs to, who alone can read it. Raises OSError.
    """
    owner = master.stat()
    if holds_sealing_key(path, master) and not path.stat().st_mode & 0o077:
        return False
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_text(_sealing_text(master), encoding="ascii")
    new.chmod(0o400)
    if os.geteuid() == 0:
        os.chown(new, owner.st_uid, owner.st_gid)
    new.replace(path)
    return True


def read_master_key(path: Path) -> bytes:
    """The 32 bytes in a file of 64 hexadecimal digits: the master key, or the sealing key."""
    return bytes.fromhex(path.read_text(encoding="ascii").strip())


def write_master_key(path: Path) -> None:
    """A new master key in `path`, readable by its owner only. Raises FileExistsError: keys are never overwritten."""
    path.touch(mode=0o400, exist_ok=False)
    path.chmod(0o600)
    path.write_text(secrets.token_hex(KEY_BYTES) + "\n", encoding="ascii")
    path.chmod(0o400)
