"""A part decoded in pieces is what it is decoded at once, from wherever one begins."""

from __future__ import annotations

import base64
import quopri
import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zegel.message.mime import transfer
from zegel.message.mime.decoded_range import Coding, coding_of, decoded_pieces

DATA = random.Random(7).randbytes(300_000)


def pieces_of(raw: bytes, size: int = 1000) -> object:
    def source(start: int, end: int) -> Iterator[bytes]:
        return (raw[at : min(at + size, end)] for at in range(start, end, size))

    return source


def check(body: bytes, encoding: str, offsets: list[int], size: int = 1000) -> Coding:
    raw = b"before" + body + b"after"
    coding = coding_of(body, 6, encoding)
    whole = transfer.decode(body, encoding)
    assert coding.size == len(whole)
    for offset in offsets:
        assert b"".join(decoded_pieces(pieces_of(raw, size), coding, offset)) == whole[offset:]  # type: ignore[arg-type]
    return coding


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
@pytest.mark.parametrize("size", [0, 1, 2, 3, 57, 58, 56, 114, 300_000])
def test_ordinary_base64_is_entered_at_any_line(end: bytes, size: int) -> None:
    body = base64.encodebytes(DATA[:size]).replace(b"\n", end)
    coding = check(body, "base64", [0, 1, 56, 57, 58, max(0, size - 1), size])
    assert coding.how == "lines"


def test_base64_in_one_line_is_too() -> None:
    assert check(base64.b64encode(DATA[:3000]), "base64", [0, 5, 2999], 7).how == "lines"


@pytest.mark.parametrize(
    "body",
    [b"SGFs*bG8=", b"SGE=bGxv", b"SGFs\r\nbG8", b"SGFsbG8=\r\n\r\nx", b"A", b"=", b"SGFs\n\nbG8=", b"SG\nFs",
     b"\r\nSGFs", b"SGFs\r\nbG\r\n8=", b"SGFs\r\nbG8=\r\nSGFs\r\n", b"SGFsSGFs\r\nbG8=\nxxxxxxxx"],
)  # fmt: skip
def test_base64_that_is_not_alike_decodes_as_mail_programs_do(body: bytes) -> None:
    check(body, "base64", [0, 1, 3])


@given(st.lists(st.sampled_from([b"SGFs", b"bG8=", b"\r\n", b"\n", b"=", b" ", b"x", b"QUJD" * 19]), max_size=30))
def test_any_base64(parts: list[bytes]) -> None:
    check(b"".join(parts), "base64", [0, 1, 4, 57])


@given(st.lists(st.sampled_from([b"=\r\n", b"=3D", b"=", b" ", b"\t", b"\r\n", b"\n", b"abc", b"=zz"]), max_size=40))
def test_any_quoted_printable(parts: list[bytes]) -> None:
    check(b"".join(parts), "quoted-printable", [0, 1, 5], 3)


def test_the_other_encodings() -> None:
    check(quopri.encodestring(DATA[:20_000]), "quoted-printable", [0, 9999])
    check(DATA[:5000], "8bit", [0, 1, 4999])
    check(b"begin 644 a\n#86)C\n`\nend\n", "x-uuencode", [0, 2])
