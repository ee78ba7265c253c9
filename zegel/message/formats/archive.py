"""Archives: their members one by one, within the budget of the message."""

from __future__ import annotations

import contextlib
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any

from zegel.message.base.found import Budget, Exceeded, Found
from zegel.message.formats.plain import strings
from zegel.message.text import charset as charsets

Inner = Callable[[bytes, str, str], None]
"""Reads a member: its bytes, its path, its name."""

_PIECE = 256 * 1024
_LOCAL_MARK = b"PK\x03\x04"
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, IndexError, struct.error)
"""What zipfile raises on a broken member (and RuntimeError, of which NotImplementedError is one)."""
RAW = -zlib.MAX_WBITS
"""Deflated bytes without header."""


def below(part: str, name: str) -> str:
    """The path of a member: "2:dir/a.docx", and "2:a.zip/b.txt" for a member of a member."""
    return f"{part}/{name}" if ":" in part else f"{part}:{name}"


def read_limited(file: IO[bytes], budget: Budget) -> bytes:
    """All that `file` unpacks to, charged while it is read, so that a bomb stops at the limit."""
    pieces = []
    while piece := file.read(_PIECE):
        budget.charge(len(piece))
        pieces.append(piece)
    return b"".join(pieces)


def other_names(info: zipfile.ZipInfo) -> str:
    """What is said beside a member's name; and the name as other programs read it, a line each: without a flag it is
    in the charset of its writer."""
    said = strings(info.extra) if len(info.extra) > 8 else ""
    if info.comment:
        said += "\n" + charsets.decode(info.comment)
    if info.flag_bits & 0x800 or info.filename.isascii():
        return said
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return said
    found: dict[str, None] = {said: None}
    for charset in ("utf-8", "gb18030", "cp932", "cp949", "big5", "cp850", "cp1252", "cp1251"):
        with contextlib.suppress(UnicodeDecodeError):
            found[raw.decode(charset)] = None
    return "\n".join(found)


def is_readable(info: zipfile.ZipInfo) -> bool:
    """Whether Python knows how a member is packed: not Deflate64, PPMd, zstd and the like."""
    return info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


def zip_members(found: Found, package: zipfile.ZipFile, part: str) -> Iterator[tuple[zipfile.ZipInfo, bytes]]:
    """Each member of a ZIP with its bytes; those that cannot be opened are reported and passed over.

    What a broken member yields before the error is given too: half a text is still text.
    """
    locked: Any = None
    for place, info in enumerate(package.infolist()):
        found.budget.charge_member()
        if info.filename.endswith("/") and not info.file_size and not info.compress_size:
            continue
        path = below(part, info.filename)
        if not info.flag_bits & 1 and not is_readable(info):
            continue  # `foreign_archive.read_packed_otherwise` reads these
        if info.flag_bits & 1:
            if found.passwords and locked is None:
                locked = _with_passwords(package)
            plain = _unlocked(found, locked, place) if locked is not None else None
            if plain is None:
                found.file(path, info.filename, "application/octet-stream", info.file_size)
                found.cannot_read(path, info.filename, "encrypted")
            else:
                yield info, plain
            continue
        pieces: list[bytes] = []
        try:
            try:
                with package.open(info) as file:
                    while piece := file.read(_PIECE):
                        found.budget.charge(len(piece))
                        pieces.append(piece)
            except zipfile.BadZipFile:
                # Two names that differ, or members that overlap: Python gives up, other programs do not.
                if pieces or not (plain := _at_its_place(package, info, found.budget)):
                    raise
                pieces.append(plain)
        except Exceeded as exceeded:
            found.cannot_read(path, info.filename, exceeded.kind)
            yield info, b"".join(pieces)
            raise
        except MemoryError:
            found.cannot_read(path, info.filename, "limit")
        except (RuntimeError, *_BROKEN):
            found.cannot_read(path, info.filename, "corrupt")
        yield info, b"".join(pieces)


def _at_its_place(package: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget) -> bytes:
    """A member read from where the directory says that it stands; b"" when it is packed otherwise than that says."""
    data = package.fp.getvalue() if isinstance(package.fp, io.BytesIO) else b""
    header = data[info.header_offset : info.header_offset + _LOCAL.size]
    if len(header) < _LOCAL.size or not header.startswith(_LOCAL_MARK):
        return b""
    start = info.header_offset + _LOCAL.size + sum(struct.unpack("<HH", header[-4:]))
    if int.from_bytes(header[8:10], "little") != info.compress_type:
        return b""
    if info.compress_type == zipfile.ZIP_STORED:
        budget.charge(min(info.compress_size, len(data) - start))
        return data[start : start + info.compress_size]
    return inflated(memoryview(data)[start:], budget, RAW) if info.compress_type == zipfile.ZIP_DEFLATED else b""


def _unlocked(found: Found, locked: Any, place: int) -> bytes | None:
    """A locked member, when one of the passwords opens it (the old cipher of PKZIP, and WinZip's AES)."""
    for password in found.passwords:
        try:
            with locked.open(locked.infolist()[place], pwd=password.encode()) as file:
                return read_limited(file, found.budget)
        except (RuntimeError, *_BROKEN):
            continue  # a wrong password, or one that seemed right by chance
    return None


def _with_passwords(package: zipfile.ZipFile) -> Any:
    """The same archive once more, for its locked members; None when it cannot be."""
    import pyzipper  # here, because few archives need it

    if package.fp is None:
        return None
    try:
        return pyzipper.AESZipFile(package.fp)
    except (RuntimeError, *_BROKEN):
        return None


def unlisted(data: bytes, package: zipfile.ZipFile, budget: Budget) -> Iterator[tuple[str, bytes]]:
    """The members that lie between those of the directory: programs that read a ZIP from its start find them."""
    position = 0
    for info in sorted(package.infolist(), key=lambda info: info.header_offset):
        if info.header_offset > position and data.find(_LOCAL_MARK, position, info.header_offset) >= 0:
            yield from salvaged(data[position : info.header_offset], budget)
        start = info.header_offset + _LOCAL.size
        names = sum(struct.unpack_from("<HH", data, start - 4)) if _LOCAL.size <= start <= len(data) else 0
        position = max(position, start + names + info.compress_size)
    if data.find(_LOCAL_MARK, position, package.start_dir) >= 0:
        yield from salvaged(data[position : package.start_dir], budget)


def salvaged(data: bytes, budget: Budget) -> Iterator[tuple[str, bytes]]:
    """The members of a ZIP without a usable directory, found by their local headers (APPNOTE 4.3.7)."""
    at = data.find(_LOCAL_MARK)
    while at >= 0 and at + _LOCAL.size <= len(data):
        budget.charge_member()
        _, _, flags, method, _, _, _, packed, _, name_length, extra = _LOCAL.unpack_from(data, at)
        start = at + _LOCAL.size + name_length + extra
        name = data[at + _LOCAL.size : at + _LOCAL.size + name_length].decode("utf-8", "replace")
        following = data.find(_LOCAL_MARK, start)
        if not flags & 1 and method in (0, 8):
            end = start + packed if packed else (following if following >= 0 else len(data))
            content = data[start:end] if method == 0 else inflated(memoryview(data)[start:], budget, RAW)
            if method == 0:
                budget.charge(len(content))
            if content:
                yield name, content
        at = following


def inflated(packed: bytes | memoryview, budget: Budget, bits: int = zlib.MAX_WBITS) -> bytes:
    """What deflated bytes unpack to, as far as they go, charged piece by piece; `bits` as zlib means them."""
    inflate = zlib.decompressobj(bits)
    packed = memoryview(packed)
    pieces, position = [], 0
    try:
        while not inflate.eof and (inflate.unconsumed_tail or position < len(packed)):
            source: bytes | memoryview = inflate.unconsumed_tail
            if not source:
                source = packed[position : position + 65_536]
                position += 65_536
            piece = inflate.decompress(source, _PIECE)
            budget.charge(len(piece))
            pieces.append(piece)
    except zlib.error:
        pass  # as far as it went
    return b"".join(pieces)


_PAX_NUMBERS = {"mtime", "atime", "ctime", "size", "uid", "gid", "path"}


def read_tar(found: Found, data: bytes, part: str, inner: Inner) -> None:
    """The files in a tar archive; links, devices and directories are names only."""
    with tarfile.open(
        fileobj=io.BytesIO(data), mode="r:", errorlevel=0, encoding="utf-8", ignore_zeros=True
    ) as package:
        for info in package:
            found.budget.charge_member()
            notes = "\n".join(f"{key}: {value}" for key, value in info.pax_headers.items() if key not in _PAX_NUMBERS)
            found.text("filenames", below(part, info.name), notes)
            file = package.extractfile(info) if info.isreg() else None
            if file is None:
                found.text("filenames", below(part, info.name), f"{info.name}\n{info.linkname}")
                continue
            inner(read_limited(file, found.budget), below(part, info.name), info.name)
