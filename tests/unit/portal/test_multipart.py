"""Forms with files: what browsers send is read, and whatever else comes is bounded."""

from __future__ import annotations

import contextlib
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.conversations.reply_form import BETWEEN, encoded
from zegel_web.multipart import LONGEST_HEAD, MOST_PARTS, Malformed, Part, boundary, parts

LINE = BETWEEN.encode()


def read(data: bytes, whole: bool = True) -> list[Part]:
    return list(parts(data, LINE, whole=whole))


@pytest.mark.parametrize(
    ("said", "between"),
    [
        ("multipart/form-data; boundary=abc", b"abc"),
        ('Multipart/Form-Data; charset=utf-8; boundary="a b"', b"a b"),
        ("multipart/form-data", b""),
        ("multipart/mixed; boundary=abc", b""),
        ("multipart/form-data; boundary=" + "a" * 71, b""),
        ("application/x-www-form-urlencoded", b""),
        ("", b""),
    ],
)
def test_the_line_between_parts(said: str, between: bytes) -> None:
    assert boundary(said) == between


def test_fields_and_files_come_out_as_they_went_in() -> None:
    found = read(encoded([("csrf", "x"), ("text", "één\nen '\"")], [("Foto 😀.png", "image/png", b"\x89PNG\r\n\0--")]))
    assert found == [
        Part("csrf", None, "", b"x"),
        Part("text", None, "", "één\r\nen '\"".encode()),
        Part("files", "Foto 😀.png", "image/png", b"\x89PNG\r\n\0--"),
    ]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("a%22b%0D%0A.txt", 'a"b\r\n.txt'),
        ('a\\"b.txt', 'a"b.txt'),
        ("C:\\temp\\a.txt", "C:\\temp\\a.txt"),
        ("100%25;x=y.txt", "100%25;x=y.txt"),
        ("病历.pdf", "病历.pdf"),
    ],
)
def test_names_are_read_as_browsers_write_them(written: str, meant: str) -> None:
    data = f'--{BETWEEN}\r\nContent-Disposition: form-data; name="f"; filename="{written}"\r\n\r\nx\r\n--{BETWEEN}--'
    assert read(data.encode())[0].filename == meant


def test_a_name_in_another_character_set_does_not_cost_the_form() -> None:
    head = f'--{BETWEEN}\r\nContent-Disposition: form-data; name="f"; filename="caf\xe9.txt"\r\n\r\n'.encode("latin-1")
    assert read(head + b"x\r\n--" + LINE + b"--") == [Part("f", "caf\N{REPLACEMENT CHARACTER}.txt", "", b"x")]


def test_the_beginning_of_a_form_gives_what_is_complete() -> None:
    data = encoded([("csrf", "x"), ("text", "hallo")], [("a.bin", "x/y", bytes(100_000))])
    assert [part.name for part in read(data[:5000], whole=False)] == ["csrf", "text"]
    with pytest.raises(Malformed):
        read(data[:5000])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"--" + LINE,
        b"--" + LINE + b"\r\n",
        b"--" + LINE + b"x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--" + LINE + b"--",
        b"--" + LINE + b"\r\nContent-Disposition: form-data; name=a\r\nb\r\n--" + LINE + b"--",
        b"--" + LINE + b"\r\nContent-Disposition: form-data\r\n\r\nb\r\n--" + LINE + b"--",
        b"--" + LINE + b"\r\nContent-Disposition: attachment; name=a\r\n\r\nb\r\n--" + LINE + b"--",
        b"--" + LINE + b"\r\nX: " + b"a" * LONGEST_HEAD + b"\r\n\r\nb\r\n--" + LINE + b"--",
        encoded([("a", "b")] * (MOST_PARTS + 1)),
    ],
)
def test_what_no_browser_sends_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        read(data)


def test_a_large_file_is_in_memory_once_more_and_not_more_often() -> None:
    data = encoded([("csrf", "x")], [("a.bin", "x/y", bytes(8_000_000))])
    tracemalloc.start()
    found = read(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found[1].content) == 8_000_000
    assert peak < 10_000_000


NAMES = st.text(st.characters(exclude_characters="\0\\%", exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(
    st.lists(st.tuples(NAMES, st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"])))),
    st.lists(st.tuples(NAMES, st.just("text/plain"), st.binary(max_size=200)), min_size=1),
)
def test_any_form_makes_the_round_trip(fields: list[tuple[str, str]], files: list[tuple[str, str, bytes]]) -> None:
    plain = [(f"f{n}", value) for n, (_, value) in enumerate(fields)]
    found = read(encoded(plain, files))
    typed = [(part.name, part.content.decode().replace("\r\n", "\n")) for part in found if part.filename is None]
    assert typed == plain
    assert [(part.filename, part.type, part.content) for part in found if part.filename is not None] == files


@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_are_read_or_refused(noise: bytes, whole: bool) -> None:
    for data in (noise, b"--" + LINE + noise, encoded([("a", "b")])[: len(noise)] + noise):
        with contextlib.suppress(Malformed):
            assert all(part.name is not None for part in read(data, whole))
