"""Hiding places in PDF and RTF."""
# ruff: noqa: E501 (documents stand as they are)

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping

from tests.quality.in_ooxml import docx, in_runs
from tests.quality.registry import NUMBER, PLACES, SECRET, Place, place

Objects = Mapping[int, bytes]


def pdf(objects: Objects, *, root: bytes = b"", trailer: bytes = b"", page: bytes = b"", text: str = "x") -> bytes:
    """A PDF of one page; objects from 10 on are the caller's, what else is given is added to what is there."""
    content = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode("latin-1")
    of_page = b"/MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> "
    all_objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R " + root + b" >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R " + of_page + page + b" >>",
        4: stream(content),
        5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        **objects,
    }
    out, places = bytearray(b"%PDF-1.7\n"), {}
    for number, body in sorted(all_objects.items()):
        places[number] = len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start, last = len(out), max(places)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (last + 1)
    for number in range(1, last + 1):
        out += b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 00000 f \n"
    out += b"trailer\n<< /Size %d /Root 1 0 R %b >>\nstartxref\n%d\n%%%%EOF\n" % (last + 1, trailer, start)
    return bytes(out)


def stream(data: bytes, head: bytes = b"", *, packed: bool = False) -> bytes:
    """A stream object."""
    if packed:
        data, head = zlib.compress(data), head + b" /Filter /FlateDecode"
    return b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(data), head, data)


def _hex(text: str) -> bytes:
    return b"<FEFF" + text.encode("utf-16-be").hex().encode() + b">"


def _note(kind: bytes, rest: bytes, more: Objects | None = None) -> bytes:
    note = b"<< /Type /Annot /Subtype /%b /Rect [9 9 99 99] %b >>" % (kind, rest)
    return pdf({10: note, **(more or {})}, page=b"/Annots [10 0 R]")


def _form(field: bytes, *, shown: bool = True) -> bytes:
    root = b"/AcroForm << /Fields [10 0 R] /DR << /Font << /F1 5 0 R >> >> /DA (/F1 0 Tf) >>"
    page = b"/Annots [10 0 R]" if shown else b""
    widget = b"/Type /Annot /Subtype /Widget /Rect [9 9 99 29] " if shown else b""
    return pdf({10: b"<< %b/T (client) %b >>" % (widget, field)}, root=root, page=page)


def _objects_in_a_stream(secret: bytes) -> bytes:
    """A note whose dictionary is in a compressed object stream, as PDF 1.5 and later write them."""
    inside = b"10 0 << /Type /Annot /Subtype /Text /Contents (%b) >>" % secret
    return pdf({11: stream(inside, b"/Type /ObjStm /N 1 /First 5", packed=True)})


_FILE = {10: b"<< /Type /Filespec /F (a.txt) /UF (a.txt) /EF << /F 11 0 R >> >>"}
_XMP = (
    "<?xpacket begin=''?><x:xmpmeta><rdf:Description><dc:description>{}</dc:description></rdf:Description></x:xmpmeta>"
)
_XFA = "<xdp:xdp><xfa:datasets><client>{}</client></xfa:datasets></xdp:xdp>"

_PLACES: dict[str, Callable[[bytes], bytes]] = {
    "page": lambda secret: pdf({}, text=secret.decode()),
    "page in UTF-16 strings": lambda secret: pdf({4: stream(b"BT /F1 12 Tf 72 720 Td <%b> Tj ET" % secret.hex().encode())}),
    "invisible text": lambda secret: pdf({4: stream(b"BT 3 Tr /F1 12 Tf 72 720 Td (%b) Tj ET" % secret)}),
    "white text": lambda secret: pdf({4: stream(b"BT 1 g /F1 1 Tf 72 720 Td (%b) Tj ET" % secret)}),
    "packed page": lambda secret: pdf({4: stream(b"BT /F1 12 Tf 72 720 Td (%b) Tj ET" % secret, packed=True)}),
    "characters placed one by one": lambda secret: pdf({4: stream(b"BT /F1 12 Tf 72 720 Td [%b] TJ ET" % b" -20 ".join(
        b"(%c)" % character for character in secret))}),
    "form that is drawn": lambda secret: pdf(
        {4: stream(b"/X Do"), 10: stream(b"BT /F1 12 Tf 72 720 Td (%b) Tj ET" % secret,
         b"/Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources << /Font << /F1 5 0 R >> >>")},
        page=b"/Resources << /Font << /F1 5 0 R >> /XObject << /X 10 0 R >> >>"),
    "note": lambda secret: _note(b"Text", b"/Contents (%b)" % secret),
    "note in UTF-16": lambda secret: _note(b"Text", b"/Contents " + _hex(secret.decode())),
    "note with escapes": lambda secret: _note(b"Text", rb"/Contents (\(BSN\) \06111222\063\
33)"),
    "text on the page by a note": lambda secret: _note(b"FreeText", b"/Contents (%b)" % secret),
    "rich text of a note": lambda secret: _note(b"Text", b"/RC (<p>%b</p>)" % secret),
    "author of a note": lambda secret: _note(b"Text", b"/T (%b)" % secret),
    "appearance of a note": lambda secret: _note(b"Stamp", b"/AP << /N 11 0 R >>", {11: stream(
        b"BT /F1 9 Tf 0 0 Td (%b) Tj ET" % secret, b"/Subtype /Form /BBox [0 0 90 90] /Resources << /Font << /F1 5 0 R >> >>")}),
    "link": lambda secret: _note(b"Link", b"/A << /S /URI /URI (http://x.example/?q=%b) >>" % secret.replace(b" ", b"%20")),
    "form field": lambda secret: _form(b"/FT /Tx /V (%b)" % secret),
    "form field that is not shown": lambda secret: _form(b"/FT /Tx /V (%b)" % secret, shown=False),
    "choices of a form field": lambda secret: _form(b"/FT /Ch /Opt [(x) (%b)]" % secret),
    "tip of a form field": lambda secret: _form(b"/FT /Tx /TU (%b)" % secret),
    "bookmark": lambda secret: pdf({10: b"<< /First 11 0 R /Last 11 0 R /Count 1 >>", 11: b"<< /Title (%b) /Parent 10 0 R >>" % secret},
                                   root=b"/Outlines 10 0 R"),
    "title": lambda secret: pdf({10: b"<< /Title (%b) >>" % secret}, trailer=b"/Info 10 0 R"),
    "custom property": lambda secret: pdf({10: b"<< /Producer (x) /Client (%b) >>" % secret}, trailer=b"/Info 10 0 R"),
    "XMP": lambda secret: pdf({10: stream(_XMP.format(secret.decode()).encode(), b"/Type /Metadata /Subtype /XML")},
                              root=b"/Metadata 10 0 R"),
    "packed XMP": lambda secret: pdf({10: stream(_XMP.format(secret.decode()).encode(), b"/Type /Metadata", packed=True)}),
    "XFA form": lambda secret: pdf({10: stream(_XFA.format(secret.decode()).encode(), packed=True)},
                                   root=b"/AcroForm << /XFA [(datasets) 10 0 R] /Fields [] >>"),
    "script": lambda secret: pdf({10: b"<< /S /JavaScript /JS (var x = '%b') >>" % secret}, root=b"/OpenAction 10 0 R"),
    "script in a stream": lambda secret: pdf({10: b"<< /S /JavaScript /JS 11 0 R >>", 11: stream(b"var x = '%b'" % secret, packed=True)},
                                             root=b"/OpenAction 10 0 R"),
    "attached file": lambda secret: pdf({**_FILE, 11: stream(secret, b"/Type /EmbeddedFile", packed=True)},
                                        root=b"/Names << /EmbeddedFiles << /Names [(a.txt) 10 0 R] >> >>"),
    "attached document": lambda secret: pdf({**_FILE, 11: stream(docx(in_runs(SECRET)), b"/Type /EmbeddedFile")},
                                            root=b"/Names << /EmbeddedFiles << /Names [(a.docx) 10 0 R] >> >>"),
    "name of an attached file": lambda secret: pdf({10: b"<< /Type /Filespec /F (%b.txt) /EF << /F 11 0 R >> >>" % secret,
                                                    11: stream(b"x", b"/Type /EmbeddedFile")},
                                                   root=b"/Names << /EmbeddedFiles << /Names [(a) 10 0 R] >> >>"),
    "file attached to a note": lambda secret: _note(b"FileAttachment", b"/FS 12 0 R", {
        12: _FILE[10], 11: stream(secret, b"/Type /EmbeddedFile", packed=True)}),
    "objects in a stream": _objects_in_a_stream,
    "earlier version": lambda secret: _note(b"Text", b"/Contents (%b)" % secret) + pdf({}),
    "behind rubbish": lambda secret: b"rubbish\n" * 50 + pdf({}, text=secret.decode()),
    "broken table": lambda secret: pdf({}, text=secret.decode()).replace(b"startxref", b"startxxxx"),
    "alternative text": lambda secret: pdf({10: b"<< /Type /StructElem /S /Figure /Alt (%b) >>" % secret},
                                           root=b"/StructTreeRoot << /K 10 0 R >>"),
    "name of a layer": lambda secret: pdf({10: b"<< /Type /OCG /Name (%b) >>" % secret},
                                          root=b"/OCProperties << /OCGs [10 0 R] /D << >> >>"),
}  # fmt: skip


def _add(name: str, make: Callable[[bytes], bytes]) -> None:
    PLACES.append(Place("pdf", name, "pdf", lambda secret: make(secret.encode())))


for _name, _make in _PLACES.items():
    _add(_name, _make)


_RTF: dict[str, bytes] = {
    "body": rb"Beste \par %b\par",
    "runs cut in the number": rb"BSN {\b 111}{\i 22}2333",
    "escaped characters": rb"BSN \'31\'31\'31\u50 ?22333",
    "header": rb"{\header\pard %b\par}",
    "footer": rb"{\footerr %b}",
    "footnote": rb"x{\footnote\pard %b}",
    "comment": rb"{\*\annotation %b}",
    "author of a comment": rb"{\*\atnauthor %b}",
    "text box": rb"{\shp{\*\shpinst{\shptxt \pard %b\par}}}",
    "WordArt": rb"{\shp{\*\shpinst{\sp{\sn gtextUNICODE}{\sv %b}}}}",
    "hidden text": rb"{\v %b}",
    "deleted text": rb"{\deleted\revised %b}",
    "title": rb"{\info{\title %b}}",
    "custom property": rb"{\*\userprops{\propname Client}\proptype30{\staticval %b}}",
    "document variable": rb"{\*\docvar {client}{%b}}",
    "field code": rb"{\field{\*\fldinst QUOTE %b}{\fldrslt x}}",
    "form field": rb"{\*\formfield{\fftype0{\*\ffdeftext %b}}}",
    "table cell": rb"\trowd\cellx1\cellx2 BSN\cell 111222333\cell\row",
    "bookmark": rb"{\*\bkmkstart %b}",
    "unknown group": rb"{\*\unknowngroup %b}",
}


def _add_rtf(name: str, body: bytes) -> None:
    def make(secret: str) -> bytes:
        return rb"{\rtf1\ansi\ansicpg1252 " + body.replace(b"%b", secret.encode()) + b"}"

    PLACES.append(Place("rtf", name, "rtf", make))


for _name, _body in _RTF.items():
    _add_rtf(_name, _body)


@place("rtf", "embedded document")
def _in_object(secret: str) -> bytes:
    inner = docx(in_runs(secret))
    head = (0x501).to_bytes(4, "little") + (2).to_bytes(4, "little") + (6).to_bytes(4, "little") + b"Word.\0" + bytes(8)
    data = (head + len(inner).to_bytes(4, "little") + inner).hex().encode()
    return rb"{\rtf1{\object\objemb{\*\objdata " + data + b"}}}"


@place("rtf", "end of the file without brackets")
def _cut(secret: str) -> bytes:
    return rb"{\rtf1 {\b x " + f"BSN {NUMBER}".encode()
