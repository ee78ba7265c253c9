"""Database, key ring, their owner, and the room on the disk."""

from __future__ import annotations

import json
import os
import pwd
from collections.abc import Iterator
from pathlib import Path

from zegel.cli.checks.finding import Said
from zegel.database_address import Place
from zegel.settings.storage import Storage
from zegel.vault.days_ahead import days_ahead
from zegel.vault.inspection import database_problems, keyring_problems, loss, marks, published, waiting
from zegel.vault.keys import holds_sealing_key
from zegel.vault.marks import AUDIT, CLOCK_DOUBTED, LOST
from zegel.vault.newest import Loss, Newest
from zegel.vault.verification import standing

ROOM = 64 << 20
"""Bytes that have to be free beside the largest message: journals, the WAL, the spool."""
PLENTY = 2 << 30
SOON = 4
"""Days that have to be ready when a courier runs, or has run lately."""
LATE = 900.0
"""Seconds after which something that should have been sent is told."""
TOO_LATE = 4 * 3600.0


def database(storage: Storage, account: int | None, *, everything: bool) -> Iterator[Said]:
    place = storage.place
    own = place if isinstance(place, Path) else Newest(place.beside).path
    problems = [*_misowned(own, account), *_misowned(storage.spool, account)]
    problems += database_problems(place, everything=everything)
    yield from (("critical", problem) for problem in problems)
    if not problems:
        yield "ok", f"{place}, read through" if everything else str(place)


def keyring(storage: Storage, account: int | None, wrap: bytes) -> Iterator[Said]:
    """The ring, and whether it opens every message that can still be opened."""
    problems = [*_misowned(storage.keyring, account), *keyring_problems(storage.place, storage.keyring, wrap)]
    yield from (("critical", problem) for problem in problems)
    if not problems:
        yield "ok", str(storage.keyring)


def sealing(storage: Storage, retention: int, master: Path, now: float) -> Iterator[Said]:
    """What the milter has in place of the master key, and the days that it can seal for."""
    again = "run, as root: zegel key sealing && systemctl restart zegel-milter"
    try:
        right = holds_sealing_key(storage.sealing_key, master)
    except (OSError, UnicodeDecodeError):
        right = False
    if not right:
        what = "is not the one of this master key" if storage.sealing_key.exists() else "is not there"
        yield "critical", f"the sealing key {storage.sealing_key} {what}, and the milter cannot start: {again}"
    today, *later = days_ahead(now, retention)[1:]
    ready = published(storage.place, today)
    if today not in ready:
        yield (
            "critical",
            f"{today} is not made ready, and no mail can be protected: start zegel-courier, which does it, or restart "
            "it after another retention.days",
        )
    elif later[:SOON] != [day for day in later[:SOON] if day in ready]:
        yield "warning", "the days that the milter seals for run out: start zegel-courier, which makes them ready"
    elif right:
        yield "ok", f"{storage.sealing_key}, and {len(ready)} days made ready"


def disk(storage: Storage, largest: int) -> Iterator[Said]:
    """The room that the services have; what root alone may use does not count."""
    told: set[int] = set()
    for path in (storage.folder, storage.keyring.parent, storage.spool):
        try:
            device, room = path.stat().st_dev, os.statvfs(path)
        except OSError as error:
            yield "critical", f"{path}: {error.strerror}"
            continue
        if device in told:
            continue
        told.add(device)
        free, whole = room.f_bavail * room.f_frsize, room.f_blocks * room.f_frsize
        if room.f_flag & os.ST_RDONLY:
            yield "critical", f"the disk of {path} is mounted read-only: see why with dmesg"
        elif free < largest + ROOM:
            yield (
                "critical",
                f"{_size(free)} are free for {path}, and one message may take {_size(largest)}: mail is refused for "
                "now, and waits at its senders. Make room",
            )
        elif free < PLENTY and free < whole * 0.05:
            yield "warning", f"{_size(free)} of {_size(whole)} are free for {path}: make room"
        elif room.f_files and room.f_favail < 1000:
            yield "critical", f"the disk of {path} has room for {room.f_favail} more files: remove some"
        else:
            yield "ok", f"{_size(free)} free for {path}"


def outbox(path: Place, now: float) -> Iterator[Said]:
    """What is stuck, what nobody takes up, and what Postfix does not take."""
    found = waiting(path, now)
    if found is None:
        return
    order = True
    if found.stuck:
        order = False
        yield "warning", f"{found.stuck} mails are stuck, and wait for you: zegel outbox list"
    if found.due_since and (age := now - found.due_since) > LATE:
        order = False
        yield (
            "critical" if age > TOO_LATE else "warning",
            f"something is due since {_span(age)} and nobody has taken it up: see: journalctl -u zegel-courier",
        )
    if found.failing and (age := now - found.failing_since) > LATE:
        order = False
        yield (
            "critical" if age > TOO_LATE else "warning",
            f"{found.failing} mails are not taken by Postfix, the oldest since {_span(age)}: {found.failing_why}",
        )
    if order:
        yield "ok", "nothing is stuck or late"


def audit(path: Place, now: float) -> Iterator[Said]:
    """Whether the log is whole, as far as the courier and `zegel audit verify` have gone through it."""
    kept, lost = marks(path), loss(path)
    if lost is None and kept.get(LOST):
        lost = Loss(**json.loads(kept[LOST]))
    found = standing(kept.get(AUDIT, ""))
    if lost is not None:
        yield "critical", lost.described()
    if found is not None and found.broken is not None:
        yield (
            "critical",
            f"event {found.broken} was changed, or one in front of it was removed; all up to {found.id} is whole. See "
            "docs/operations.md, The audit log",
        )
    elif lost is None and found is not None:
        yield "ok", f"whole up to event {found.id}, looked at {_span(now - found.verified_at)} ago"


def date(path: Place) -> Iterator[Said]:
    """Whether the courier believes the date: it may be the only one that remembers the last."""
    doubted = marks(path).get(CLOCK_DOUBTED)
    if doubted:
        jump = json.loads(doubted)
        yield (
            "critical",
            f"the date jumped ahead by {(jump['now'] - jump['last']) / 86_400:.0f} days: nothing expires and no key is "
            "destroyed until it is right again; when it is right, run: zegel clock accept",
        )
    else:
        yield "ok", "believed"


def expected_account(storage: Storage, listening: int | None) -> int | None:
    """The user id that the files have to belong to: who runs the milter, else the account of the package."""
    if listening is not None:
        return listening
    try:
        account = pwd.getpwnam("zegel")
    except KeyError:
        return None
    home = Path(account.pw_dir)
    return account.pw_uid if home == storage.folder or home in storage.folder.parents else None


def _misowned(path: Path, account: int | None) -> Iterator[str]:
    """Files that their services cannot write, or that others can read."""
    names = (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal")))
    for each in names:
        try:
            found = each.stat()
        except FileNotFoundError:
            continue
        except OSError as error:
            yield f"{each}: {error.strerror}"
            continue
        if account not in (None, found.st_uid):
            yield f"{each} belongs to {_name(found.st_uid)}: run: chown {_name(account or 0)}: {each}"
        if found.st_mode & 0o077:
            yield f"{each} can be read by others; run: chmod go= {each}"
    if account is not None and path.parent.exists() and path.parent.stat().st_uid != account:
        owner = _name(path.parent.stat().st_uid)
        yield f"{path.parent} belongs to {owner}: run: chown {_name(account or 0)}: {path.parent}"


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def _span(seconds: float) -> str:
    return f"{seconds / 3600:.0f} hours" if seconds > 7200 else f"{seconds / 60:.0f} minutes"
