"""Writes compound files (MS-CFB, version 3), so that tests can make DOC, XLS, PPT and MSG files by hand."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_END, _FREE, _FAT, _NONE = 0xFFFF_FFFE, 0xFFFF_FFFF, 0xFFFF_FFFD, 0xFFFF_FFFF
_STORAGE, _STREAM, _ROOT = 1, 2, 5


@dataclass
class _Entry:
    name: str
    kind: int
    data: bytes = b""
    children: dict[str, _Entry] = field(default_factory=dict)
    number: int = 0
    left: int = _NONE
    right: int = _NONE
    child: int = _NONE
    start: int = _END


def compound(streams: Mapping[str, bytes]) -> bytes:
    """A compound file with these streams; "a/b" is the stream b in the storage a."""
    root = _Entry("Root Entry", _ROOT)
    for path, data in streams.items():
        *storages, name = path.split("/")
        at = root
        for storage in storages:
            at = at.children.setdefault(storage, _Entry(storage, _STORAGE))
        at.children[name] = _Entry(name, _STREAM, data)
    entries = [root]
    _number(root, entries)
    sectors: list[bytes] = []
    fat: list[int] = []
    mini = bytearray()
    mini_fat: list[int] = []
    for entry in entries:
        if entry.kind == _STREAM and len(entry.data) < _CUTOFF:
            entry.start = _chain(mini_fat, -(-len(entry.data) // _MINI))
            mini += entry.data + bytes(-len(entry.data) % _MINI)
    for entry in entries:
        if entry.kind == _STREAM and len(entry.data) >= _CUTOFF:
            entry.start = _store(entry.data, sectors, fat)
    root.data = bytes(mini)
    root.start = _store(root.data, sectors, fat)
    mini_fat_start = _store(b"".join(struct.pack("<I", n) for n in mini_fat), sectors, fat, b"\xff")
    mini_fat_count = -(-len(mini_fat) * 4 // _SECTOR)
    directory_start = _store(b"".join(map(_written, entries)), sectors, fat)
    count = 0
    while -(-(len(fat) + count) // 128) > count:
        count += 1
    first = len(fat)
    fat += [_FAT] * count
    table = b"".join(struct.pack("<I", n) for n in fat).ljust(count * _SECTOR, b"\xff")
    places = [first + n if n < count else _FREE for n in range(109)]
    header = struct.pack("<8s16sHHHHH6x", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(16), 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<5I", 0, count, directory_start, 0, _CUTOFF)
    header += struct.pack("<113I", mini_fat_start, mini_fat_count, _END, 0, *places)
    return header + b"".join(sectors) + table


def _number(entry: _Entry, entries: list[_Entry]) -> None:
    """Number what is below `entry`, and make a balanced tree of each storage's members."""
    members = sorted(entry.children.values(), key=lambda child: (len(child.name), child.name.upper()))
    for child in members:
        child.number = len(entries)
        entries.append(child)
    entry.child = _tree(members)
    for child in members:
        _number(child, entries)


def _tree(members: list[_Entry]) -> int:
    if not members:
        return _NONE
    middle = len(members) // 2
    members[middle].left = _tree(members[:middle])
    members[middle].right = _tree(members[middle + 1 :])
    return members[middle].number


def _chain(fat: list[int], count: int) -> int:
    if not count:
        return _END
    first = len(fat)
    fat += [*range(first + 1, first + count), _END]
    return first


def _store(data: bytes, sectors: list[bytes], fat: list[int], filler: bytes = b"\0") -> int:
    count = -(-len(data) // _SECTOR)
    sectors.append(data.ljust(count * _SECTOR, filler))
    return _chain(fat, count)


def _written(entry: _Entry) -> bytes:
    name = entry.name.encode("utf-16-le") + b"\0\0"
    return struct.pack("<64sHBBIII16sIQQIQ", name, len(name), entry.kind, 1, entry.left, entry.right, entry.child,
                       bytes(16), 0, 0, 0, entry.start, len(entry.data))  # fmt: skip
