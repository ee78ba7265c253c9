"""What only programs unpack: 7z, ARJ, WIM, CHM, XAR and images of disks by 7-Zip; RAR, CAB, LHA, ISO, RPM and
other archives by libarchive's bsdtar, single files (zstd, lz4, compress, …) by its bsdcat.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, cast

from zegel.message.base.found import Found, Kind
from zegel.message.base.programs import FILE, Program, installed
from zegel.message.formats.archive import Inner, below, read_limited

BY_7ZIP = {"7z", "arj", "wim", "chm", "disk", "xar"}
BY_BSDCAT = {"compress", "lzma", "zstd", "lz4", "lzip"}
_MARKS = {"7z": b"7z\xbc\xaf\x27\x1c", "rar": b"Rar!\x1a\x07", "cab": b"MSCF"}
_LOCKED = (b"ncrypt", b"password")
_UNSUPPORTED = (b"nsupported", b"unknown method", b"not supported")


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    size: int
    encrypted: bool


def read_foreign(found: Found, data: bytes, kind: str, part: str, name: str, inner: Inner) -> None:
    """The members of an archive of one of the kinds above; "unsupported" when its program is not installed.

    Raises Exceeded.
    """
    program = installed("7z" if kind in BY_7ZIP else "bsdcat" if kind in BY_BSDCAT else "bsdtar")
    if not program:
        found.cannot_read(part, name, "unsupported")
        return
    if data[:2] == b"MZ" and kind in _MARKS:
        data = data[data.index(_MARKS[kind]) :]  # a program that unpacks itself
    if kind in BY_7ZIP:
        _read_by_7zip(found, program, data, part, name, inner)
    elif kind in BY_BSDCAT:
        _read_by_bsdcat(found, program, data, part, name, inner)
    elif kind == "rar":
        _read_rar(found, program, data, part, name, inner)
    else:
        _read_by_bsdtar(found, program, data, part, name, inner)


def read_packed_otherwise(found: Found, data: bytes, part: str, name: str, read: set[str], inner: Inner) -> None:
    """The members of a ZIP that are packed in a way that Python does not know, by 7-Zip; `read` are the others."""
    program = installed("7z")
    if not program:
        found.cannot_read(part, name, "unsupported")
        return

    def unread(content: bytes, path: str, title: str) -> None:
        if title not in read:
            inner(content, path, title)

    with Program([*_listed_by(program), FILE], data, found.budget) as listing:
        members = list(_members(listing.rest().decode("utf-8", "replace")))
    open_ones = [member for member in members if not member.encrypted]
    _unpack_by_7zip(found, program, data, "", open_ones, part, name, unread)


def _listed_by(program: str) -> list[str]:
    return [program, "l", "-slt", "-ba", "-sccUTF-8", "--"]


def _read_rar(found: Found, program: str, data: bytes, part: str, name: str, inner: Inner) -> None:
    """By bsdtar, and by 7-Zip what that cannot: it sees what is locked, and reads all with its codec for RAR."""
    lister = installed("7z")
    if not lister:
        _read_by_bsdtar(found, program, data, part, name, inner)
        return
    with Program([*_listed_by(lister), FILE], data, found.budget) as listing:
        members = list(_members(listing.rest().decode("utf-8", "replace")))
    if any(member.encrypted for member in members) or any(word in listing.complaints for word in _LOCKED):
        _read_by_7zip(found, lister, data, part, name, inner)
        return
    before = len(found.unreadable)
    count = _read_by_bsdtar(found, program, data, part, name, inner)
    problems = [item for item in found.unreadable[before:] if item.part == part]
    if members and (problems or count < len(members)):
        found.unreadable[before:] = [item for item in found.unreadable[before:] if item.part != part]
        _unpack_by_7zip(found, lister, data, "", members, part, name, inner)


def _read_by_7zip(found: Found, program: str, data: bytes, part: str, name: str, inner: Inner) -> None:
    """List the members, then unpack them all as one stream, which is cut by their sizes."""
    problem: Kind = "corrupt"
    for password in dict.fromkeys(("", *found.passwords)):
        with Program([*_listed_by(program), FILE], data, found.budget, password) as listing:
            members = list(_members(listing.rest().decode("utf-8", "replace")))
        if listing.code:
            problem = "encrypted" if any(word in listing.complaints for word in _LOCKED) else "corrupt"
            if problem == "encrypted":
                continue  # the names are locked too
        if any(member.encrypted for member in members) and not _fits(found, program, data, password):
            problem = "encrypted"
            continue
        if listing.code:
            found.cannot_read(part, name, problem)
        _unpack_by_7zip(found, program, data, password, members, part, name, inner)
        return
    found.cannot_read(part, name, problem)
    for member in members:
        found.file(below(part, member.name), member.name, "application/octet-stream", member.size)
        if member.encrypted:
            found.cannot_read(below(part, member.name), member.name, "encrypted")


def _fits(found: Found, program: str, data: bytes, password: str) -> bool:
    """Whether `password` opens the archive."""
    if not password:
        return False
    with Program([program, "t", "-bd", "-mmt=1", "--", FILE], data, found.budget, password) as trial:
        trial.rest()
        return trial.code == 0


def _unpack_by_7zip(
    found: Found, program: str, data: bytes, password: str, members: list[_Member], part: str, name: str, inner: Inner
) -> None:
    command = [program, "x", "-so", "-y", "-bd", "-mmt=1", "--", FILE]
    with Program(command, data, found.budget, password) as unpacked:
        for member in members:
            found.budget.charge_member()
            pieces, left = [], member.size
            while left > 0 and (piece := unpacked.read(min(left, 256 * 1024))):
                found.budget.charge(len(piece))
                pieces.append(piece)
                left -= len(piece)
            if pieces or not member.size:
                inner(b"".join(pieces), below(part, member.name), member.name)
        rest = unpacked.rest()
        if rest:
            inner(rest, below(part, "rest"), "")
    if unpacked.code or rest:
        found.cannot_read(part, name, _problem(unpacked.complaints))


def _problem(complaints: bytes) -> Kind:
    """Why a program did not read everything, by what it says."""
    said = complaints.lower()
    if any(word in said for word in _LOCKED):
        return "encrypted"
    return "unsupported" if any(word in said for word in _UNSUPPORTED) else "corrupt"


def _members(listing: str) -> Iterator[_Member]:
    """The files in the technical listing of 7-Zip; folders are left out."""
    fields: dict[str, str] = {}
    for line in [*listing.splitlines(), ""]:
        key, equals, value = line.partition(" = ")
        if equals or line.endswith(" ="):
            fields[key.removesuffix(" =")] = value
        elif not line and fields:
            if "Path" in fields and fields.get("Folder") != "+" and not fields.get("Attributes", "").startswith("D"):
                size = fields.get("Size", "")
                yield _Member(fields["Path"], int(size) if size.isdecimal() else 0, fields.get("Encrypted") == "+")
            fields = {}


def _read_by_bsdtar(found: Found, program: str, data: bytes, part: str, name: str, inner: Inner) -> int:
    """Have the archive written over as tar, and read that as it comes; how many files there were."""
    count = 0
    command = [program, "-cf", "-", "--format=pax", f"@{FILE}"]
    with Program(command, data, found.budget) as written:
        try:
            with tarfile.open(fileobj=cast(IO[bytes], written), mode="r|", errorlevel=0, encoding="utf-8") as package:
                for info in package:
                    found.budget.charge_member()
                    file = package.extractfile(info) if info.isreg() else None
                    if file is None:
                        found.text("filenames", below(part, info.name), info.name)
                        continue
                    count += 1
                    inner(read_limited(file, found.budget), below(part, info.name), info.name)
        except (tarfile.TarError, EOFError):
            pass  # the program says below what is wrong
        written.rest()
    if written.code or written.complaints:
        found.cannot_read(part, name, _problem(written.complaints))
        _read_as_one(found, [program, "-xOf", FILE], data, part, inner)  # what it would not write as tar
    return count


def _read_by_bsdcat(found: Found, program: str, data: bytes, part: str, name: str, inner: Inner) -> None:
    """Unpack the one file that is in `data`."""
    found.budget.charge_member()
    plain = name.rpartition(".")[0]
    if _read_as_one(found, [program, FILE], data, part, inner, plain):
        found.cannot_read(part, name, "corrupt")


def _read_as_one(found: Found, command: list[str], data: bytes, part: str, inner: Inner, name: str = "") -> int | None:
    """All that a program writes as one file; what the program said at its end."""
    with Program(command, data, found.budget) as unpacked:
        content = unpacked.rest()
    if content:
        inner(content, below(part, name or "content"), name)
    return unpacked.code
