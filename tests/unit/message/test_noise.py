"""Bytes that are no text are not searched for words, but what is written among them is found."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.support.shipped import shipped_rules
from tests.unit.message.message_samples import file_part, mail, text_part
from zegel.message.formats.plain import strings
from zegel.message.reader import Reader
from zegel.settings.model import Limits

HEADS = {
    "nothing": b"",
    "gpg": bytes.fromhex("85010c03"),
    "kdbx": bytes.fromhex("03d9a29a67fb4bb5"),
    "age": b"age-encryption.org/v1\n-> X25519 abc\n",
    "dicom": bytes(128) + b"DICM",
    "spss": b"$FL2@(#) SPSS DATA FILE",
    "luks": b"LUKS\xba\xbe\0\2",
    "p7m": bytes.fromhex("3082ffff06092a864886f70d010703a0"),
    "video": b"\0\0\0\x18ftypmp42",
    "openssl": b"Salted__",
}
LOCKED = {"gpg", "kdbx", "age", "luks", "p7m", "openssl"}
UNKNOWN = {"nothing", "dicom", "spss"}


def noise(size: int, seed: int = 7) -> bytes:
    return random.Random(seed).randbytes(size)


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    made = Reader(Limits(seconds=15), 1)
    made.start()
    yield made
    made.close()


@pytest.mark.parametrize("head", list(HEADS))
@pytest.mark.parametrize("size", [3_000_000, 40_000])
def test_noise_beside_a_number_adds_no_words(reader: Reader, head: str, size: int) -> None:
    read = reader.read(mail(text_part("BSN 111222333"), file_part(HEADS[head] + noise(size), f"a.{head}")))
    assert sum(len(text.data) for text in read.texts if text.where == "attachments") < 300
    rules = shipped_rules()
    assert rules.judge(read, sender="ans@clinic.example", recipients=["pat@post.example"]).level == 1
    expected = {"encrypted"} if head in LOCKED else {"unsupported"} if head in UNKNOWN else set()
    assert {item.kind for item in read.unreadable} == expected


FILMS = {
    "mp4": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom",
    "mov": b"\0\0\0\x14ftypqt  \0\0\0\0qt  ",
    "webm": bytes.fromhex("1a45dfa39f4286810142f7810142f2810442f381084282847765626d"),
    "avi": b"RIFF\0\0\0\0AVI LIST",
}


def test_films_of_20_mb_are_known_by_their_first_bytes_and_not_searched(reader: Reader) -> None:
    """A half second each; as bytes of no known type they took three and more."""
    filmed = noise(20_000_000)
    for name, head in FILMS.items():
        for called in (f"film.{name}", "film.bin"):
            read = reader.read(mail(text_part("Hier is de film."), file_part(head + filmed, called)))
            assert [text for text in read.texts if text.where == "attachments"] == [] == list(read.unreadable), called


@pytest.mark.parametrize("name", ["a.bin", "a.txt", "a.dat", "a.dcm", "a.xyz"])
@pytest.mark.parametrize("at", [0, 5_000, 400_000])
def test_a_sentence_in_noise_is_found(reader: Reader, name: str, at: int) -> None:
    data = noise(at, 1) + b"the citizen service number is BSN 111222333" + noise(300_000, 2)
    read = reader.read(mail(text_part("x"), file_part(data, name)))
    assert any("BSN 111222333" in text.content for text in read.texts)


@pytest.mark.parametrize(
    "text", [b"BSN 111222333", "Beste pati\u00ebnt BSN 111222333".encode("cp1252"), "BSN 111222333".encode("utf-16-le")]
)
def test_a_short_run_between_fields_of_a_file_is_found(text: bytes) -> None:
    data = bytes(200) + b"\1\0\0\0\x0d\0" + text + bytes(5000) + noise(100_000)
    assert "BSN 111222333" in strings(data)
