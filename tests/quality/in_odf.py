"""Hiding places in OpenDocument files, packed and flat, and in EPUB."""
# ruff: noqa: E501 (markup stands as it is in files)

from __future__ import annotations

from tests.quality.registry import NUMBER, PLACES, Place
from tests.unit.message.message_samples import zipped

_KINDS = {"odt": "text", "ods": "spreadsheet", "odp": "presentation", "ott": "text-template"}
_CONTENT = "<office:document-content><office:body><office:{0}>{1}</office:{0}></office:body></office:document-content>"
_STYLES = "<office:document-styles><office:master-styles><style:master-page>{}</style:master-page></office:master-styles></office:document-styles>"
_META = "<office:document-meta><office:meta>{}</office:meta></office:document-meta>"

_BODIES = {
    "odt": {
        "body": "<text:p>{}</text:p>",
        "spans cut in the number": f"<text:p>BSN {NUMBER[:2]}<text:span>{NUMBER[2:5]}</text:span>\n<text:span>{NUMBER[5:]}</text:span></text:p>",
        "heading": "<text:h>{}</text:h>",
        "table cell": "<table:table-row><table:table-cell><text:p>BSN</text:p></table:table-cell><table:table-cell><text:p>{}</text:p></table:table-cell></table:table-row>",
        "footnote": "<text:note><text:note-body><text:p>{}</text:p></text:note-body></text:note>",
        "comment": "<office:annotation><dc:creator>A</dc:creator><text:p>{}</text:p></office:annotation>",
        "text box": "<draw:frame><draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame>",
        "hidden section": '<text:section text:display="none"><text:p>{}</text:p></text:section>',
        "deleted text": "<text:tracked-changes><text:changed-region><text:deletion><text:p>{}</text:p></text:deletion></text:changed-region></text:tracked-changes>",
        "description of a picture": "<draw:frame><svg:title>{}</svg:title></draw:frame>",
        "condition of hidden text": '<text:hidden-text text:condition="1" text:string-value="{}"/>',
        "variable": '<text:variable-set text:name="v" office:string-value="{}"/>',
        "list of choices": '<text:drop-down><text:label text:value="{}"/></text:drop-down>',
        "link": '<text:a xlink:href="http://x.example/{}">x</text:a>',
        "form field": '<form:text form:current-value="{}"/>',
        "script": '<office:scripts><office:script script:language="ooo:Basic">Const x = "{}"</office:script></office:scripts>',
    },
    "ods": {
        "text cell": "<table:table-row><table:table-cell><text:p>{}</text:p></table:table-cell></table:table-row>",
        "hidden sheet": '<table:table table:display="false"><table:table-row><table:table-cell><text:p>{}</text:p></table:table-cell></table:table-row></table:table>',
        "value of a cell": f'<table:table-row><table:table-cell office:value-type="float" office:value="{NUMBER}"><text:p>BSN {NUMBER}</text:p></table:table-cell></table:table-row>',
        "formula": '<table:table-cell table:formula="of:=&quot;{}&quot;"/>',
        "name of a sheet": '<table:table table:name="{}"/>',
        "prompt of a validation": '<table:content-validation><table:help-message table:title="{}"/></table:content-validation>',
        "comment": "<table:table-cell><office:annotation><text:p>{}</text:p></office:annotation></table:table-cell>",
    },
    "odp": {
        "slide": "<draw:page><draw:frame><draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame></draw:page>",
        "notes": "<draw:page><presentation:notes><draw:frame><draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame></presentation:notes></draw:page>",
        "name of a slide": '<draw:page draw:name="{}"/>',
    },
    "ott": {"body": "<text:p>{}</text:p>"},
}  # fmt: skip
_MEMBERS = {
    "header": ("styles.xml", _STYLES.format("<style:header><text:p>{}</text:p></style:header>")),
    "footer": ("styles.xml", _STYLES.format("<style:footer><text:p>{}</text:p></style:footer>")),
    "title": ("meta.xml", _META.format("<dc:title>{}</dc:title>")),
    "custom property": ("meta.xml", _META.format('<meta:user-defined meta:name="Client">{}</meta:user-defined>')),
    "embedded object": ("Object 1/content.xml", _CONTENT.replace("{0}", "text").replace("{1}", "<text:p>{}</text:p>")),
    "chart": ("Object 2/content.xml", "<office:document-content><chart:chart><text:p>{}</text:p></chart:chart></office:document-content>"),
    "embedded file": ("Object 3", "{}"),
    "macro": ("Basic/Standard/Module1.xml", '<script:module>Const x = "{}"</script:module>'),
    "form in XForms": ("content.xml", "<office:document-content><xforms:model><instance><id>{}</id></instance></xforms:model></office:document-content>"),
}  # fmt: skip


def odf(kind: str, body: str, **members: str) -> bytes:
    """An OpenDocument package."""
    of_kind = _KINDS[kind]
    return zipped({
        "mimetype": f"application/vnd.oasis.opendocument.{of_kind}",
        "content.xml": _CONTENT.format(of_kind.partition("-")[0], body),
        **members,
    })  # fmt: skip


def flat(kind: str, body: str) -> bytes:
    """A flat OpenDocument file."""
    of_kind = _KINDS[kind]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        f'office:mimetype="application/vnd.oasis.opendocument.{of_kind}"><office:body><office:{of_kind}>{body}'
        f"</office:{of_kind}></office:body></office:document>"
    ).encode()


def _add(format: str, name: str, make_body: str, member: str = "") -> None:
    def make(secret: str) -> bytes:
        text = make_body.replace("{}", secret)
        return odf(format, "", **{member: text}) if member else odf(format, text)

    PLACES.append(Place(format, name, format, make))


def _add_flat(format: str, name: str, body: str) -> None:
    PLACES.append(Place(f"f{format}", name, f"f{format}", lambda secret: flat(format, body.replace("{}", secret))))


for _format, _bodies in _BODIES.items():
    for _name, _body in _bodies.items():
        _body = _body.replace(
            "{}</text:p></table:table-cell></table:table-row>", "{}</text:p></table:table-cell></table:table-row>"
        )
        _add(_format, _name, _body)
        if _format != "ott":
            _add_flat(_format, _name, _body)
for _format in ("odt", "ods", "odp"):
    for _name, (_member, _content) in _MEMBERS.items():
        _add(_format, _name, _content, _member)


_CHAPTER = "<html><body><p>BSN <i>{}</i></p></body></html>"
_BOOK = {
    "chapter": ("OEBPS/chapter1.xhtml", _CHAPTER),
    "title": ("OEBPS/content.opf", "<package><metadata><dc:title>{}</dc:title></metadata></package>"),
    "description": ("OEBPS/content.opf", '<package><metadata><meta name="description" content="{}"/></metadata></package>'),
    "table of contents": ("OEBPS/toc.ncx", "<ncx><navPoint><navLabel><text>{}</text></navLabel></navPoint></ncx>"),
    "drawing": ("OEBPS/image.svg", "<svg><text>{}</text></svg>"),
    "style sheet": ("OEBPS/style.css", "/* {} */"),
}  # fmt: skip


def _add_to_book(name: str, member: str, content: str) -> None:
    def make(secret: str) -> bytes:
        return zipped({"mimetype": "application/epub+zip", member: content.replace("{}", secret)})

    PLACES.append(Place("epub", name, "epub", make))


for _name, (_member, _content) in _BOOK.items():
    _add_to_book(_name, _member, _content)
