"""Hiding places in DOC, XLS, PPT and XLSB, written record by record."""
# ruff: noqa: E501 (records stand on a line)

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

from tests.quality.compound import compound
from tests.quality.in_ooxml import docx, in_runs, package, packed, vba
from tests.quality.registry import NUMBER, PLACES, Make, Place, place

_NOTHING: Mapping[str, bytes] = {}

# DOC: a file information block with nothing but the place of the piece table (MS-DOC 2.5).


def doc(text: str, streams: Mapping[str, bytes] = _NOTHING, *, wide: bool = False, cut: int = 0) -> bytes:
    """A Word document of one piece, or of two that are cut at `cut` and lie in the file in reverse."""
    pieces = [text[cut:], text[:cut]] if cut else [text]
    raw = [piece.encode("utf-16-le" if wide else "cp1252") for piece in pieces]
    start = 0x600
    places = [start + sum(map(len, raw[:number])) for number in range(len(raw))][:: -1 if cut else 1]
    lengths = [len(piece) for piece in pieces][:: -1 if cut else 1]
    ends = [sum(lengths[:number]) for number in range(len(lengths) + 1)]
    table = struct.pack(f"<{len(ends)}I", *ends)
    for at in places:
        table += struct.pack("<HIH", 0, at if wide else at * 2 | 0x4000_0000, 0)
    clx = b"\2" + struct.pack("<I", len(table)) + table
    offsets = bytearray(93 * 8)
    struct.pack_into("<II", offsets, 33 * 8, 10, len(clx))
    fib = struct.pack("<HHHHHH", 0xA5EC, 0xC1, 0, 0x413, 0, 0x0200).ljust(32, b"\0")
    fib += struct.pack("<H", 14) + bytes(28) + struct.pack("<H", 22)
    fib += struct.pack("<4I", 0, 0, 0, len(text)) + bytes(18 * 4)
    fib += struct.pack("<H", 93) + bytes(offsets)
    document = fib.ljust(start, b"\0") + b"".join(raw)
    return compound(
        {"WordDocument": document.ljust(4096, b"\0"), "1Table": (bytes(10) + clx).ljust(4096, b"\0")} | dict(streams)
    )


def properties(name: str, value: str) -> bytes:
    """A property set with one custom property (MS-OLEPS)."""
    text = value.encode("cp1252") + b"\0"
    title = name.encode("cp1252") + b"\0"
    dictionary = struct.pack("<III", 1, 2, len(title)) + title
    dictionary += bytes(-len(dictionary) % 4)
    values = [struct.pack("<IHH", 2, 1252, 0), dictionary, struct.pack("<II", 30, len(text)) + text]
    at, heads, body = 8 + 3 * 8, b"", b""
    for number, data in zip((1, 0, 2), values, strict=True):
        heads += struct.pack("<II", number, at + len(body))
        body += data
    section = struct.pack("<II", 8 + len(heads) + len(body), 3) + heads + body
    kind = bytes.fromhex("05d5cdd59c2e1b10939708002b2cf9ae")
    return struct.pack("<HHI16sI16sI", 0xFFFE, 0, 2, bytes(16), 1, kind, 48) + section


_WORD: dict[str, Make] = {
    "body": lambda secret: doc(f"Beste\r{secret}\r"),
    "body in UTF-16": lambda secret: doc(f"Beste\r{secret}\r", wide=True),
    "pieces cut in the number": lambda secret: doc(f"Beste\r{secret}\r", cut=12),
    "table cell": lambda secret: doc(f"BSN\x07{NUMBER}\x07\x07"),
    "field code": lambda secret: doc(f"\x13 QUOTE {secret} \x14x\x15"),
    "text that was deleted": lambda secret: doc("Beste\r")[:3000] + secret.encode() + doc("Beste\r")[3000 + len(secret) :],
    "custom property": lambda secret: doc("x", {"\x05DocumentSummaryInformation": properties("Client", secret)}),
    "author of a comment": lambda secret: doc("x", {"Data": b"\0\0" + secret.encode("utf-16-le")}),
    "macro": lambda secret: compound({"WordDocument": b"\xec\xa5" + bytes(10), "Macros/VBA/M": macro_stream(secret)}),
    "embedded sheet": lambda secret: doc("x", {"ObjectPool/_1/Workbook": workbook(text_cell(secret))}),
    "file dragged into it": lambda secret: doc("x", {"ObjectPool/_2/\x01Ole10Native": packed("a.txt", secret)}),
    "embedded DOCX": lambda secret: doc("x", {"ObjectPool/_3/Package": docx(in_runs(secret))}),
}  # fmt: skip


def macro_stream(secret: str) -> bytes:
    """The module stream of `vba`, as it stands in the storage Macros of a document."""
    import io

    import olefile

    with olefile.OleFileIO(io.BytesIO(vba(secret))) as project:
        data: bytes = project.openstream("VBA/Module1").read()
        return data


# XLS (MS-XLS): records of kind, size, data.


def record(kind: int, data: bytes) -> bytes:
    """One BIFF record."""
    return struct.pack("<HH", kind, len(data)) + data


_OF_THE_WORKBOOK = (b"\xfc\0", b"\x1e\x04", b"\xe0\0")
"""Shared strings, number formats and styles come before the sheets."""


def workbook(*records: bytes, version: int = 0x0600, sheet: str = "Sheet1") -> bytes:
    """The stream Workbook with one sheet."""
    is_new = version >= 0x0600
    starts = [
        record(0x809, struct.pack("<HHHHII", version, kind, 0, 0, 0, 0)[: 16 if is_new else 8]) for kind in (5, 16)
    ]
    shared = b"".join(item for item in records if item[:2] in _OF_THE_WORKBOOK)
    cells = b"".join(item for item in records if item[:2] not in _OF_THE_WORKBOOK)
    title = struct.pack("<BBB", 0, 0, len(sheet)) + (b"\0" if is_new else b"") + sheet.encode("latin-1")
    at = len(starts[0] + shared) + 4 + 4 + len(title) + 4
    name = record(0x85, struct.pack("<I", at) + title)
    end = record(0x0A, b"")
    return starts[0] + shared + name + end + starts[1] + cells + end


def xls(*records: bytes, **more: bytes) -> bytes:
    """An XLS of one sheet."""
    return compound({"Workbook": workbook(*records).ljust(4096, b"\0"), **more})


def text_cell(text: str, column: int = 0) -> bytes:
    """A LABEL of BIFF 8."""
    return record(0x204, struct.pack("<HHHHB", 0, column, 0, len(text), 0) + text.encode("latin-1"))


def shared(*texts: bytes) -> bytes:
    """An SST with these strings, written out."""
    return record(0xFC, struct.pack("<II", len(texts), len(texts)) + b"".join(texts))


def narrow(text: str) -> bytes:
    """A string of BIFF 8 of one byte a character."""
    return struct.pack("<HB", len(text), 0) + text.encode("latin-1")


_LABEL = text_cell("BSN")
_SHARED_CELL = record(0xFD, struct.pack("<HHHI", 0, 1, 0, 1))


def _split_shared(secret: str) -> bytes:
    """A shared string that goes on in the next record, in UTF-16 from there."""
    first = struct.pack("<II", 2, 2) + narrow("x") + struct.pack("<HB", len(secret), 0) + secret[:7].encode()
    return xls(record(0xFC, first) + record(0x3C, b"\1" + secret[7:].encode("utf-16-le")), _SHARED_CELL)


_EXCEL: dict[str, Make] = {
    "text": lambda secret: xls(text_cell(secret)),
    "shared string": lambda secret: xls(shared(narrow("x"), narrow(secret)), _SHARED_CELL),
    "shared string over two records": _split_shared,
    "number": lambda secret: xls(_LABEL, record(0x203, struct.pack("<HHHd", 0, 1, 0, float(NUMBER)))),
    "number in four bytes": lambda secret: xls(_LABEL, record(0x27E, struct.pack("<HHHI", 0, 1, 0, int(NUMBER) << 2 | 2))),
    "numbers in a row": lambda secret: xls(_LABEL, record(0xBD, struct.pack("<HHHIHIH", 0, 1, 0, int(NUMBER) << 2 | 2, 0, 2, 2))),
    "result of a formula": lambda secret: xls(
        record(0x06, struct.pack("<HHH", 0, 0, 0) + b"\0\0\0\0\0\0\xff\xff" + bytes(8)) + record(0x207, narrow(secret))),
    "formula": lambda secret: xls(record(0x06, struct.pack("<HHHd", 0, 0, 0, 1.0) + bytes(8) + b"\x17\x0d\0" + secret.encode())),
    "header": lambda secret: xls(record(0x14, narrow("&C" + secret))),
    "comment": lambda secret: xls(record(0x1B6, struct.pack("<HHHHHHI", 0, 0, 0, 0, 0, len(secret), 16)) + record(0x3C, b"\0" + secret.encode())),
    "name of a sheet": lambda secret: compound({"Workbook": workbook(sheet=secret)}),
    "title of a chart": lambda secret: xls(record(0x100D, struct.pack("<HBB", 0, len(secret), 0) + secret.encode())),
    "unknown record": lambda secret: xls(record(0x8A5, bytes(8) + secret.encode("utf-16-le"))),
    "number format": lambda secret: xls(record(0x41E, struct.pack("<H", 164) + narrow('"x"0')), record(0x18, bytes(14) + secret.encode())),
    "pivot table": lambda secret: compound({"Workbook": workbook(), "_SX_DB_CUR/0001": record(0xCD, narrow(secret))}),
    "custom property": lambda secret: xls(_LABEL, **{"\x05DocumentSummaryInformation": properties("Client", secret)}),
    "stream without a file around it": lambda secret: workbook(text_cell(secret)),
    "Excel 95": lambda secret: compound({"Book": workbook(
        record(0x204, struct.pack("<HHHH", 0, 0, 0, len(secret)) + secret.encode()), version=0x0500)}),
    "embedded document": lambda secret: compound({"Workbook": workbook(), "MBD0001/Package": docx(in_runs(secret))}),
}  # fmt: skip

# PPT (MS-PPT): records of version, kind, size, data.


def atom(kind: int, data: bytes, head: int = 0) -> bytes:
    """One record of a presentation."""
    return struct.pack("<HHI", head, kind, len(data)) + data


def ppt(*records: bytes, **more: bytes) -> bytes:
    """A presentation with these records in its document."""
    document = atom(0x03E8, b"".join(records), 0x0F)
    user = atom(0x0FF6, struct.pack("<IIIHHBBH", 20, 0xE391C05F, 0, 0, 0x03F4, 3, 0, 0))
    return compound({"PowerPoint Document": document.ljust(4096, b"\0"), "Current User": user, **more})


def _wide(secret: str) -> bytes:
    return secret.encode("utf-16-le")


def _object(secret: str) -> bytes:
    inner = compound({"\x01Ole10Native": packed("a.txt", secret)})
    return atom(0x1011, struct.pack("<I", len(inner)) + zlib.compress(inner), 0x10)


_POWERPOINT: dict[str, Make] = {
    "slide": lambda secret: ppt(atom(0x03EE, atom(0x0FA8, secret.encode()), 0x0F)),
    "slide in UTF-16": lambda secret: ppt(atom(0x03EE, atom(0x0FA0, _wide(secret)), 0x0F)),
    "notes": lambda secret: ppt(atom(0x03F0, atom(0x0FA0, _wide(secret)), 0x0F)),
    "master": lambda secret: ppt(atom(0x03F8, atom(0x0FA8, secret.encode()), 0x0F)),
    "footer": lambda secret: ppt(atom(0x0FD9, atom(0x0FBA, _wide(secret), 0x20), 0x0F)),
    "comment": lambda secret: ppt(atom(0x1388, atom(0x138A, atom(0x0FBA, _wide("___PPT10")) + atom(0x138B,
                                  atom(0x2EE0, atom(0x0FBA, _wide(secret), 0x10), 0x0F)), 0x0F), 0x0F)),
    "description of a shape": lambda secret: ppt(atom(0xF004, atom(0xF00B, bytes(6) + _wide(secret), 0x13), 0x0F)),
    "embedded file": lambda secret: ppt(_object(secret)),
    "custom property": lambda secret: ppt(**{"\x05DocumentSummaryInformation": properties("Client", secret)}),
}  # fmt: skip

# XLSB (MS-XLSB): records of kind and size in sevens of bits.


def part(*records: tuple[int, bytes]) -> bytes:
    """A binary part of an XLSB."""

    def number(value: int) -> bytes:
        written = b""
        while value > 0x7F:
            written += bytes([value & 0x7F | 0x80])
            value >>= 7
        return written + bytes([value])

    return b"".join(number(kind) + number(len(data)) + data for kind, data in records)


def _string(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def xlsb(*cells: tuple[int, bytes], **parts: bytes) -> bytes:
    """An XLSB with these cells in one row."""
    row = [(0, struct.pack("<I", 0) + bytes(13)), (6, bytes(8) + _string("BSN")), *cells]
    rows = part((129, b""), (148, struct.pack("<4I", 0, 0, 0, 1)), (145, b""), *row, (146, b""), (130, b""))
    main = 'ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"'
    relationships = (
        '<Relationships><Relationship Id="rId1" Type="{0}/worksheet" Target="worksheets/sheet1.bin"/></Relationships>'
    )
    return package("xlsx", {
        "[Content_Types].xml": f'<Types><Override PartName="/xl/workbook.bin" {main}/></Types>',
        "xl/_rels/workbook.bin.rels": relationships.format("http://schemas.openxmlformats.org/officeDocument/2006/relationships"),
        "xl/workbook.bin": _book("Sheet1"),
        "xl/worksheets/sheet1.bin": rows,
        **{f"xl/{name}.bin": data for name, data in parts.items()},
    })  # fmt: skip


def _book(sheet: str) -> bytes:
    return part((131, b""), (143, b""), (156, bytes(8) + _string("rId1") + _string(sheet)), (144, b""), (132, b""))


_BINARY: dict[str, Make] = {
    "number": lambda secret: xlsb((5, struct.pack("<IId", 1, 0, float(NUMBER)))),
    "number in four bytes": lambda secret: xlsb((2, struct.pack("<III", 1, 0, int(NUMBER) << 2 | 2))),
    "result of a formula": lambda secret: xlsb((9, struct.pack("<IIdH", 1, 0, float(NUMBER), 0))),
    "text": lambda secret: xlsb((6, bytes(8) + _string(secret))),
    "shared string": lambda secret: xlsb((7, struct.pack("<III", 1, 0, 0)), sharedStrings=part((19, b"\0" + _string(secret)))),
    "text of a formula": lambda secret: xlsb((8, bytes(8) + _string(secret) + b"\0\0")),
    "name of a sheet": lambda secret: xlsb(workbook=_book(secret)),
    "comment": lambda secret: xlsb(comments1=part((637, b"\0" + _string(secret)))),
    "header": lambda secret: xlsb((479, bytes(2) + _string("&C" + secret))),
}  # fmt: skip

for _format, _makers in (("doc", _WORD), ("xls", _EXCEL), ("ppt", _POWERPOINT), ("xlsb", _BINARY)):
    for _name, _make in _makers.items():
        PLACES.append(Place(_format, _name, _format, _make))


@place("xlsb", "custom property")
def _property(secret: str) -> bytes:
    return package(
        "xlsx", {"xl/workbook.bin": b"", "docProps/custom.xml": f'<p><property name="x"><v>{secret}</v></property></p>'}
    )
