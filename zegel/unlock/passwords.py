"""Passwords that people copy from a mail: how they are made, read, shown and hashed."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache

from argon2.low_level import Type, hash_secret_raw

from zegel.message.base.sandbox import go_behind_others

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""31 signs without look-alikes: no i, l, o, 0 or 1."""
LENGTH = 12
"""12 signs are 59 bits: guessing ten a quarter of an hour takes longer than there is."""

_AT_ONCE = threading.BoundedSemaphore(2)
_IN_LINE = threading.BoundedSemaphore(4)
"""Hashing and waiting for it: never all threads of the portal, or guessers would keep everybody out."""
_FOR_NOTHING = threading.BoundedSemaphore(1)
_MEMORY_KIB, _PASSES, _LANES = 64 * 1024, 3, 4  # RFC 9106, section 4, second recommended option


class Busy(Exception):
    """Too many passwords are being checked; try again in a moment."""


def new_password() -> str:
    """A fresh password, ungrouped."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def from_bytes(random: bytes) -> str:
    """A password that follows from 16 or more random bytes (bias below 2^-60)."""
    number, signs = int.from_bytes(random, "big"), []
    for _ in range(LENGTH):
        number, place = divmod(number, len(ALPHABET))
        signs.append(ALPHABET[place])
    return "".join(signs)


def grouped(password: str) -> str:
    """As people read it best.

    >>> grouped("abcdefghjkmn")
    'abcd-efgh-jkmn'
    """
    return "-".join(password[i : i + 4] for i in range(0, len(password), 4))


def as_typed(text: str) -> str:
    """What was typed or pasted, without what does not matter: case, blanks, hyphens.

    >>> as_typed(" ABCD-efgh jkmn ")
    'abcdefghjkmn'
    """
    return re.sub(r"[\s\-\u2010-\u2015\u00ad\u200b]+", "", text).lower()[:64]


def password_hash(password: str, salt: bytes) -> bytes:
    """The argon2id hash of a password: 64 MiB and some 50 ms, two at a time and two in line. Raises Busy."""
    with _turn():
        return _hashed(password, salt)


def hash_for_nothing(password: str) -> None:
    """Takes the time of `password_hash`, where a link that nobody was given is to look like one that somebody was.

    One at a time, in a place of its own: whoever makes up links by the thousand is told at once that they are wrong,
    and takes no place from people with real ones.
    """
    if _FOR_NOTHING.acquire(blocking=False):
        try:
            _hashed(password, bytes(16))
        finally:
            _FOR_NOTHING.release()


def _hashed(password: str, salt: bytes) -> bytes:
    secret = password.encode("utf-8", "surrogatepass")
    return _hashers().submit(hash_secret_raw, secret, salt, _PASSES, _MEMORY_KIB, _LANES, 32, Type.ID).result()


@cache
def _hashers() -> ThreadPoolExecutor:
    """Threads that hash, behind those that answer: a hash takes four lanes of the processor, and pages need one."""
    return ThreadPoolExecutor(3, "hashing", initializer=go_behind_others)


@contextmanager
def _turn() -> Iterator[None]:
    if not _IN_LINE.acquire(blocking=False):
        raise Busy
    try:
        with _AT_ONCE:
            yield
    finally:
        _IN_LINE.release()
