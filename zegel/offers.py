"""Messages that are sealed and not answered yet: remembered through a kill, so that a retry is not sealed twice.

A message counts as unanswered only when that is sure. What got a 250 must never be taken for a retry of something
else, so the sure cases are few: Postfix was gone before the answer was begun, or this process was killed between the
commit and the answer. Each message on its way has a slot in a file with its id, written before the commit and cleared
just before the answer. The kernel keeps what was written when the process is killed; whoever finds the file of a dead
process knows that the messages in it were not answered. After a power failure it may be older than the database, so
a file from another boot is worth nothing.

A client that is told 4xx makes a new queue id of each try, and farms of servers retry from another address, so
neither tells a retry from a new message. Each unanswered offer is recognised once, by its content.
"""

from __future__ import annotations

import fcntl
import logging
import os
import struct
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zegel.errors import describe
from zegel.vault.store import Store

log = logging.getLogger("zegel.intake")
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_HEADER = 64
"""Bytes: the id of the boot, filled up with blanks."""
_SLOT = struct.Struct("@Q")
_MOST_LATER = 10_000
SLOTS = 1000
"""More messages at the same time than Postfix offers; one without a slot is never recognised."""


class Offer:
    """One message between its commit and its answer."""

    def __init__(self, offers: Offers, message_id: int) -> None:
        self._offers = offers
        self._id = message_id
        self._slot = offers.take(message_id)

    @property
    def message_id(self) -> int:
        return self._id

    def means(self, message_id: int) -> None:
        """It turned out to be this message, offered again; to be called inside the transaction that finds it."""
        self._id = message_id
        if self._slot is not None:
            self._offers.note(self._slot, message_id)

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Around everything but the last word of the answer: an error in it means that the answer was no yes.

        Once it has ended without one, nobody can tell whether Postfix heard the last word, so it counts as heard.
        """
        try:
            yield
            self.free()
        except BaseException:
            self.unanswered()
            raise

    def unanswered(self, *, committed: bool = True) -> None:
        """Has the message recognised when it is offered again; where that fails, as soon as the database answers.

        Its slot says so at the next start, unless it is not sure that it was `committed`: on a full disk there would
        be one for each try.
        """
        try:
            self._offers.mark([self._id])
            committed = False
        except Exception as error:
            log.error("an offer without answer cannot be noted yet: %s", describe(error))
            self._offers.mark_later(self)
        if not committed:
            self.free()

    def free(self) -> None:
        if self._slot is not None:
            self._offers.note(self._slot, 0)
            self._offers.give_back(self._slot)
            self._slot = None


class Offers:
    """The slots of this process, in a file beside the database that it holds a lock on."""

    def __init__(self, folder: Path, store: Store) -> None:
        """Also takes over what dead processes left."""
        self._folder, self._store = folder, store
        self._lock, self._taking_over = threading.Lock(), threading.Lock()
        self._turn = os.open(folder / "offers-turn", os.O_RDWR | os.O_CREAT, 0o600)
        self._later: deque[Offer] = deque(maxlen=_MOST_LATER)
        """Offers without answer that the database could not note: a server that was away has them all the same."""
        self._boot = boot = _BOOT.read_bytes().strip() if _BOOT.exists() else b""
        self._name = f"offers.{os.getpid()}-{os.urandom(4).hex()}"
        self.take_over()
        self._file, self._free = -1, list(range(SLOTS))
        try:
            self._make(folder / self._name, boot)
        except OSError as error:
            # Mail is worth more than knowing a retry again.
            log.error("no message can be recognised after a crash: %s", describe(error))
            self._free = []

    def take_over(self) -> None:
        """Takes over what dead processes left, and notes what could not be noted before.

        It costs a few system calls for each process that lives.

        The kernel lets go of the lock of a killed process before Postfix sees the end of its connection, so whoever
        calls this before a message is stored knows every message that came back.
        """
        # One at a time: who finds nothing any more must know that what another found is committed.
        with self._taking_over:
            self._mark_those_of_before()
            fcntl.flock(self._turn, fcntl.LOCK_EX)
            try:
                for entry in list(os.scandir(self._folder)):
                    if entry.name.startswith("offers.") and entry.name != self._name:
                        self._take_over(Path(entry.path), self._boot)
            finally:
                fcntl.flock(self._turn, fcntl.LOCK_UN)

    def begin(self, message_id: int) -> Offer:
        """To be called before the message is committed. Raises what the database raises."""
        self.take_over()
        return Offer(self, message_id)

    def mark(self, message_ids: list[int]) -> None:
        """Has the messages recognised when they are offered again."""

        def add() -> None:
            for each in message_ids:
                self._store.offered.add(each)

        self._store.write(add)

    def mark_later(self, offer: Offer) -> None:
        """Has `mark` tried again before the next message is stored."""
        self._later.append(offer)

    def _mark_those_of_before(self) -> None:
        if waiting := list(self._later):
            self.mark([offer.message_id for offer in waiting])
            for offer in waiting:
                offer.free()
                self._later.remove(offer)

    def take(self, message_id: int) -> int | None:
        with self._lock:
            slot = self._free.pop() if self._free else None
        if slot is not None:
            self.note(slot, message_id)
        return slot

    def give_back(self, slot: int) -> None:
        with self._lock:
            self._free.append(slot)

    def note(self, slot: int, message_id: int) -> None:
        os.pwrite(self._file, _SLOT.pack(message_id), _HEADER + slot * _SLOT.size)

    def _make(self, path: Path, boot: bytes) -> None:
        # Under another name until it is locked and whole: a process that starts now would take it for a dead one's.
        unfinished = path.with_name(f"new-{path.name}")
        self._file = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        # Room for all of it now, so that a full disk cannot keep a slot from being cleared.
        os.pwrite(self._file, boot.ljust(_HEADER) + bytes(SLOTS * _SLOT.size), 0)
        unfinished.rename(path)

    def _take_over(self, path: Path, boot: bytes) -> None:
        try:
            file = os.open(path, os.O_RDWR)
        except OSError:
            return
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not os.fstat(file).st_nlink:
                return  # another process that started at the same time has taken it over
            content = os.pread(file, _HEADER + SLOTS * _SLOT.size, 0)
            if boot and content[:_HEADER].strip() == boot:
                found = [each for (each,) in _SLOT.iter_unpack(content[_HEADER:]) if each]
                self.mark(found)
                if found:
                    log.warning("%d messages were under way when the milter stopped", len(found))
            path.unlink(missing_ok=True)
        except BlockingIOError:
            pass  # its process lives
        finally:
            os.close(file)
