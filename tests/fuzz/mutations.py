"""Documents and mails with bytes changed, as a broken disk, a bad program or an attacker would change them."""

from __future__ import annotations

import io
import random
import zipfile
from functools import cache

from tests.quality.hiding_places import documents_from_office
from tests.quality.registry import PLACES, SECRET
from tests.unit.message.message_samples import file_part, mail, text_part, zipped

_NUMBERS = [
    b"\0", b"\xff", b"\x7f", b"\x80", b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f",
    b"\0\0\0\x80", b"9999999999", b"-1", b"<", b">", b"&", b"\r\n", b"\n\n", b"{", b"}", b"(", b"\\",
]  # fmt: skip


@cache
def seeds() -> tuple[tuple[str, bytes], ...]:
    """Every document of the matrix of hiding places and of LibreOffice, with its format."""
    made = [(place.format, place.make(SECRET)) for place in PLACES if not place.needs]
    return tuple(made + [(path.suffix[1:], path.read_bytes()) for path, _ in documents_from_office()])


def mutated(chance: random.Random) -> tuple[str, bytes]:
    """One of the seeds, changed in one to eight places."""
    format, data = chance.choice(seeds())
    deep = data[:2] == b"PK" and chance.random() < 0.7
    return format, _inside(chance, data) if deep else _changed(chance, data)


def hostile_mail(chance: random.Random) -> bytes:
    """A mail with mutated files in it, or a mail that is mutated itself."""
    format, data = mutated(chance)
    if format == "eml":
        return data
    raw = mail(text_part("see the file"), file_part(data, f"a.{format}"))
    if chance.random() < 0.2:
        raw = mail(text_part("x"), b"Content-Type: message/rfc822\r\n\r\n" + raw.replace(b"b-1", b"b-2"))
    return _changed(chance, raw) if chance.random() < 0.2 else raw


def _inside(chance: random.Random, data: bytes) -> bytes:
    """A ZIP with one of its members changed, so that the change is not stopped by a checksum."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            members: dict[str, str | bytes] = {name: package.read(name) for name in package.namelist()}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError):
        return _changed(chance, data)
    if not members:
        return _changed(chance, data)
    name = chance.choice(sorted(members))
    content = members[name]
    members[name] = _changed(chance, content if isinstance(content, bytes) else content.encode())
    return zipped(members)


def _changed(chance: random.Random, original: bytes) -> bytes:
    data = bytearray(original or b"x")
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(data))
        size = chance.choice((1, 2, 4, 16, 100, 1000))
        match chance.randrange(8):
            case 0:
                data[place] ^= 1 << chance.randrange(8)
            case 1:
                number = chance.choice(_NUMBERS)
                data[place : place + len(number)] = number
            case 2:
                data[place:place] = chance.choice(_NUMBERS)
            case 3:
                del data[place : place + size]
            case 4:
                start = chance.randrange(len(data))
                data[place:place] = data[start : start + size] * chance.choice((1, 2, 50))
            case 5:
                other = chance.choice(seeds())[1]
                start = chance.randrange(len(other))
                data[place : place + chance.choice((0, size))] = other[start : start + size]
            case 6:
                del data[place:]
            case _:
                data[place : place + size] = chance.randbytes(min(size, 16))
        data = data or bytearray(b"x")
    return bytes(data)
