"""Copies of database and key ring that are whole, and putting them back.

DIR/data/zegel.db, backup.json     may be kept for as long as one likes, with history
DIR/data/files/                    settings and rules, as they were
DIR/keyring/keyring.db             the newest copy only: what is destroyed in the ring has to be gone everywhere
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from pathlib import Path

from zegel.crypto import SealBroken
from zegel.database_address import Place, beside
from zegel.errors import ForPeople, describe
from zegel.vault.engines.looking import FAILED
from zegel.vault.inspection import database_problems, in_use, keyring_problems
from zegel.vault.keyring import Keyring
from zegel.vault.keys import Keys, wrap_key
from zegel.vault.marks import CLOCK_DOUBTED, CLOCK_SEEN, LOST, PURPOSES
from zegel.vault.migrations import VERSION
from zegel.vault.newest import Newest
from zegel.vault.opening import open_vault
from zegel.vault.server_copies import copy_to_file, put_on_server, server_size
from zegel.vault.store import Store

MARGIN = 64 << 20
"""Bytes that stay free beside a copy."""


class CannotCopy(ForPeople):
    """A backup or a restore that was not made; the text says why and what to do."""


@dataclass(frozen=True)
class About:
    """What a backup says of itself."""

    at: float
    version: int
    """Of the database."""
    messages: int
    digests: dict[str, str]
    """SHA-256 of each file, by its path below DIR."""


def back_up(database: Place, keyring: Path, wrap: bytes, files: Mapping[str, bytes], to: Path) -> About:
    """Copies a database in use, its ring, and `files` by name, into the folder `to`, and verifies the copies.

    The copy before stays until the new one is verified. Raises CannotCopy.
    """
    new = to / ".new"
    shutil.rmtree(new, ignore_errors=True)
    try:
        (new / "data" / "files").mkdir(parents=True, mode=0o700)
        (new / "keyring").mkdir(mode=0o700)
        free, needed = shutil.disk_usage(to).free, _size(database) + _size(keyring) + MARGIN
        if free < needed:
            raise CannotCopy(f"{to} has {free} bytes free, and {needed} are needed: make room")
        # The ring second: it has each key that the copy of the database needs.
        if isinstance(database, Path):
            _copied(database, new / "data" / "zegel.db")
        else:
            copy_to_file(database, new / "data" / "zegel.db")
        _copied(keyring, new / "keyring" / "keyring.db")
        for name, content in files.items():
            (new / "data" / "files" / name).write_bytes(content)
        about = _verified(new, wrap)
        (new / "data" / "backup.json").write_text(json.dumps(asdict(about), indent=1), encoding="utf-8")
        for folder, _, names in os.walk(new):
            Path(folder).chmod(0o700)
            for name in names:
                Path(folder, name).chmod(0o600)
        for part in ("keyring", "data"):
            _swap(new / part, to / part)
        return about
    except OSError as error:
        raise CannotCopy(f"the backup cannot be written to {to}: {error.strerror}") from None
    except FAILED as error:
        raise CannotCopy(f"the backup was not made: {describe(error)}") from None
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _copied(source: Path, target: Path) -> None:
    """Copies a snapshot while others write; in one step, because each write would make a copy in steps begin again."""
    with (
        closing(sqlite3.connect(source.absolute().as_uri() + "?mode=rw", uri=True, timeout=30)) as read,
        closing(sqlite3.connect(target)) as written,
    ):
        read.backup(written)
        written.execute("PRAGMA journal_mode = DELETE")


def _verified(new: Path, wrap: bytes) -> About:
    database, keyring = new / "data" / "zegel.db", new / "keyring" / "keyring.db"
    problems = [*database_problems(database, everything=True), *keyring_problems(database, keyring, wrap)]
    if problems:
        raise CannotCopy("the copy is not whole, and the one before stays: " + "; ".join(problems))
    with closing(sqlite3.connect(database)) as connection:
        (messages,) = connection.execute("SELECT COUNT(*) FROM message WHERE shredded = 0").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    for left in (*new.rglob("*-wal"), *new.rglob("*-shm"), *new.rglob("*-journal")):
        left.unlink()
    digests = {str(file.relative_to(new)): _digest(file) for file in sorted(new.rglob("*")) if file.is_file()}
    return About(time.time(), version, messages, digests)


def _swap(new: Path, place: Path) -> None:
    old = place.with_name(f".{place.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if place.exists():
        place.rename(old)
    new.rename(place)
    shutil.rmtree(old, ignore_errors=True)


@dataclass(frozen=True)
class Restored:
    """What came of a restore."""

    at: float
    """When the backup was made."""
    aside: Path
    """Where what was there before is now."""
    ring: bool
    """Whether the ring was put back too; else the one that is there belongs to the backup."""


def restore(source: Path, database: Place, keyring: Path, master: bytes, then: bytes | None, now: float) -> Restored:
    """Puts a backup in place of what is there, which is moved aside. The services have to be stopped.

    `then` is the master key of the time of the backup, when it has changed since. Raises CannotCopy, with everything
    as it was.
    """
    about = _about(source)
    if in_use(database):
        raise CannotCopy("Zegel runs: stop it first (systemctl stop zegel.target), then restore, then start it")
    if about.version > VERSION:
        raise CannotCopy(f"the backup is of a newer Zegel (database version {about.version}): install that one first")
    for name, digest in about.digests.items():
        file = source / name
        if not (name.startswith("keyring/") and not file.exists()) and (not file.exists() or _digest(file) != digest):
            raise CannotCopy(f"{file} is not what was backed up: take another backup")
    own = beside(database)
    aside = own.parent / time.strftime("before-restore-%Y%m%dT%H%M%S", time.gmtime(now))
    aside.mkdir(mode=0o700)
    names = [f"{own.name}{end}" for end in ("", "-wal", "-shm", "-newest")]
    moved = _move(own.parent, [*names, *(each.name for each in own.parent.glob("offers.*"))], aside)
    with_ring = False
    undo = ExitStack()
    try:
        if isinstance(database, Path):
            shutil.copyfile(source / "data" / "zegel.db", database)
        else:
            put_on_server(source / "data" / "zegel.db", database, aside.name, undo)
        with_ring = not any(_belongs(database, keyring, wrap_key(key)) for key in (master, then) if key)
        if with_ring:
            copy = source / "keyring" / "keyring.db"
            if not copy.exists():
                raise CannotCopy(f"{keyring} does not belong to this backup; put the right one at {copy} first")
            moved |= _move(keyring.parent, [keyring.name, f"{keyring.name}-journal"], aside)
            shutil.copyfile(copy, keyring)
        _owned_as(own.parent, (own, keyring, aside))
        if then is not None:
            _under_the_new_key(database, keyring, wrap_key(then), wrap_key(master))
        _begin_again(database, keyring, master, now)
        _owned_as(own.parent, (own, keyring, Newest(own).path))
    except BaseException as error:
        undo.close()
        for leftover in (*(own.parent / name for name in names), *([keyring] if with_ring else [])):
            leftover.unlink(missing_ok=True)
        for place, away in moved.items():
            away.rename(place)
        aside.rmdir()
        if isinstance(error, ForPeople):
            raise CannotCopy(f"nothing is changed: {error}") from None
        raise
    return Restored(about.at, aside, with_ring)


def _about(source: Path) -> About:
    try:
        return About(**json.loads((source / "data" / "backup.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        raise CannotCopy(f"{source} holds no backup: it has no data/backup.json that can be read") from None


def _belongs(database: Place, keyring: Path, wrap: bytes) -> bool:
    """Whether the ring that is there opens all of the database: it is newer, and what it destroyed stays destroyed."""
    return keyring.exists() and not list(keyring_problems(database, keyring, wrap))


def _under_the_new_key(database: Place, keyring: Path, was: bytes, is_: bytes) -> None:
    store, ring = Store(database), Keyring(keyring, was)
    try:
        if not ring.opens():  # the ring that was there is under the new one already
            ring.close()
            ring = Keyring(keyring, is_)
        ring.rewrap(is_)
        ring.end_handover()
        kept = store.marks.get(PURPOSES)
        keys = Keys.unsealed(was, kept)
        store.write(lambda: store.marks.set(PURPOSES, keys.sealed(is_)))
    except (SealBroken, ValueError):
        raise CannotCopy("the master key that was given is not the one of the time of the backup") from None
    finally:
        ring.close()
        store.close()


def _begin_again(database: Place, keyring: Path, master: bytes, now: float) -> None:
    """Opens all of it, and notes what a person has just done: nothing here is a loss, and the date is right."""
    vault = open_vault(database, keyring, master, now)
    store = vault.store

    def note() -> None:
        store.audit_log.record("restored", "administrator", now)
        store.marks.set(LOST, "")
        store.marks.set(CLOCK_SEEN, str(now))
        store.marks.set(CLOCK_DOUBTED, "")
        store.note_newest(anew=True)

    try:
        store.write(note)
    finally:
        vault.close()


def _move(folder: Path, names: Iterable[str], aside: Path) -> dict[Path, Path]:
    """Moves what is there of the names; returns where each was and is."""
    moved = {}
    for name in names:
        if (folder / name).exists():
            (folder / name).rename(aside / name)
            moved[folder / name] = aside / name
    return moved


def _owned_as(folder: Path, files: Iterable[Path]) -> None:
    owner = folder.stat()
    for file in files:
        if file.exists():
            file.chmod(0o700 if file.is_dir() else 0o600)
            if os.geteuid() == 0:
                os.chown(file, owner.st_uid, owner.st_gid)


def _size(database: Place) -> int:
    if not isinstance(database, Path):
        return server_size(database)
    return sum(path.stat().st_size for path in database.parent.glob(f"{database.name}*"))


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
