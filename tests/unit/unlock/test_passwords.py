"""What a password costs whoever guesses it, and how many are worked out at a time."""

from __future__ import annotations

import threading

import pytest
from argon2.low_level import Type, hash_secret_raw

from zegel.unlock import passwords

pytestmark = pytest.mark.usefixtures("costly_passwords")
SALT = bytes(range(16))


def test_a_hash_costs_what_rfc_9106_recommends() -> None:
    assert passwords.password_hash("abcdefghjkmn", SALT) == hash_secret_raw(
        b"abcdefghjkmn", SALT, time_cost=3, memory_cost=65_536, parallelism=4, hash_len=32, type=Type.ID
    )


def test_two_are_hashed_at_a_time_two_wait_and_the_fifth_is_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, found = threading.Semaphore(0), threading.Event(), []

    def slow(password: str, salt: bytes) -> bytes:
        begun.release()
        assert go_on.wait(30)
        return password.encode()

    monkeypatch.setattr(passwords, "_hashed", slow)
    waiting = [threading.Thread(target=lambda n=n: found.append(passwords.password_hash(str(n), SALT))) for n in "1234"]
    for each in waiting:
        each.start()
    try:
        assert begun.acquire(timeout=30) and begun.acquire(timeout=30)
        while passwords._IN_LINE._value:
            assert not begun.acquire(timeout=0.01), "a third was hashed beside the two"
        with pytest.raises(passwords.Busy):
            passwords.password_hash("5", SALT)
    finally:
        go_on.set()
        for each in waiting:
            each.join()
    assert sorted(found) == [b"1", b"2", b"3", b"4"]
