"""Numbers on their way to the page that asks whether they are right: nobody else reads them, and not for long."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zegel.senders.kept_numbers import SECONDS, Typed, found, kept

KEY, NOW, COOKIE = bytes(range(32)), 1_800_000_000.0, "cookie-of-anna"
TYPED = Typed({12: "06 12 34 59 54", 14: "０６１２３４５９５５"}, {12: "NL", 14: "BE"}, None)


def test_what_was_typed_comes_back() -> None:
    text = kept(KEY, 3, COOKIE, TYPED, NOW)
    assert found(KEY, 3, COOKIE, text, NOW + SECONDS - 1) == TYPED
    assert b"345954" not in base64.urlsafe_b64decode(text + "==") and "345954" not in text


@given(st.dictionaries(st.integers(1, 2**63), st.text(max_size=100), max_size=10), st.none() | st.integers(1, 2**63))
def test_whatever_was_typed_comes_back(numbers: dict[int, str], only: int | None) -> None:
    typed = Typed({each: number for each, number in numbers.items() if number.strip()}, {}, only)
    assert found(KEY, 3, COOKIE, kept(KEY, 3, COOKIE, Typed(numbers, {}, only), NOW), NOW) == typed


@pytest.mark.parametrize(
    ("key", "message", "cookie", "later"),
    [
        (bytes(32), 3, COOKIE, 0),
        (KEY, 4, COOKIE, 0),
        (KEY, 3, "cookie-of-somebody-else", 0),
        (KEY, 3, COOKIE, SECONDS),
        (KEY, 3, COOKIE, -60),
    ],
    ids=["another house", "another message", "another browser", "an hour later", "from the future"],
)
def test_it_opens_nowhere_else(key: bytes, message: int, cookie: str, later: int) -> None:
    text = kept(KEY, 3, COOKIE, TYPED, NOW)
    assert found(key, message, cookie, text, NOW + later) is None


@given(st.text(max_size=60))
def test_what_somebody_makes_up_opens_nothing(text: str) -> None:
    assert found(KEY, 3, COOKIE, text, NOW) is None
