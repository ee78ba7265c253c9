"""A download as waitress reads it: forward, a step back to what was not sent, and no more of it in memory than that."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from waitress.buffers import ReadOnlyFileBasedBuffer

from zegel_portal.http.stream import Stream


@given(
    st.lists(st.binary(max_size=50_000), max_size=12), st.lists(st.integers(1, 400_000), min_size=1), st.integers(1, 9)
)
def test_all_of_it_arrives_however_little_is_sent_at_a_time(pieces: list[bytes], wanted: list[int], part: int) -> None:
    whole = b"".join(pieces)
    buffer = ReadOnlyFileBasedBuffer(Stream(iter(pieces), len(whole)))
    assert buffer.prepare(len(whole)) == len(whole)
    arrived, turn = b"", 0
    while len(buffer):
        chunk = buffer.get(wanted[turn % len(wanted)])
        sent = max(1, len(chunk) // part)
        arrived += chunk[:sent]
        buffer.skip(sent, True)
        turn += 1
    assert arrived == whole


def test_it_keeps_one_piece_and_little_more() -> None:
    size = 1 << 20
    made = (os.urandom(size) for _ in range(25))
    stream = Stream(made, 25 * size)
    buffer, most = ReadOnlyFileBasedBuffer(stream), 0
    buffer.prepare(25 * size)
    while len(buffer):
        buffer.skip(len(buffer.get(18_000)), True)
        most = max(most, len(stream._kept))
    assert most < 2 * size


def test_what_was_sent_cannot_be_had_again() -> None:
    stream = Stream(iter([b"a" * 300_000, b"b" * 300_000]), 600_000)
    stream.read(262_144)
    stream.seek(0)
    stream.seek(262_144, os.SEEK_CUR)
    stream.seek(0)
    with pytest.raises(ValueError, match="sent already"):
        stream.read(10)


def test_a_download_that_ends_early_is_an_error_and_no_end() -> None:
    stream = Stream(iter([b"abc"]), 10)
    with pytest.raises(ValueError, match="shorter"):
        stream.read(10)


def test_closing_ends_what_gives_the_pieces() -> None:
    ended = []

    def pieces() -> Iterator[bytes]:
        try:
            yield b"abc"
            yield b"def"
        finally:
            ended.append(True)

    stream = Stream(pieces(), 6)
    stream.read(2)
    stream.close()
    stream.close()
    assert ended == [True]
