"""What is kept of drawings, and of those that came to nothing."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from zegel_portal.budgets import working
from zegel_portal.convert.converter import Busy, Converter, Undrawable


def test_what_cannot_be_drawn_is_tried_once_for_all_who_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    converter, tried = Converter(), threading.Semaphore(0)

    def fails(*_: object) -> bytes:
        tried.release()
        time.sleep(0.2)
        raise Undrawable

    monkeypatch.setattr(converter, "_ran", fails)

    def ask(_: int) -> bool:
        working.key = "/m/hostile"
        with pytest.raises(Undrawable):
            converter.picture(b"broken")
        return True

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(ask, range(4)))
    assert tried.acquire(blocking=False) and not tried.acquire(blocking=False)


def test_that_too_much_else_is_drawn_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    converter = Converter()

    def busy(*_: object) -> bytes:
        raise Busy

    monkeypatch.setattr(converter, "_ran", busy)
    with pytest.raises(Busy):
        converter.picture(b"fine")
    monkeypatch.setattr(converter, "_ran", lambda *_: b"drawn")
    assert converter.picture(b"fine") == b"drawn"
