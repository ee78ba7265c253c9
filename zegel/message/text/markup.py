"""HTML and XML to text, in one pass and without building a tree.

There is no parser here that could be led astray: a tag is what stands between `<` and the next `>`, and both
what is inside and outside of tags ends up in the text. Only HTML's named entities exist, so there is nothing
to expand, include or fetch.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import unquote

CELL = "  "
"""Between the cells of a row: two blanks, so that a reader of numbers can tell neighbours from one number."""

_TAG = re.compile(r"(<[^<>]*+>)")
_NAME = re.compile(r"</?(?:[A-Za-z][\w.-]*:)?([A-Za-z][\w.-]*)")
_CHUNK = 1_000_000
"""Characters that are split at once, so that a document of nothing but tags does not fill the memory."""
_ESCAPED_ADDRESS = re.compile(r"%[0-9A-Fa-f]{2}")
_HUGE_REFERENCE = re.compile(r"&#[xX]?[0-9a-fA-F]{9,}+;?")
_SRCDOC = re.compile(r"""\bsrcdoc\s*+=\s*+("[^"]*+"|'[^']*+')""", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(?<![\w.:-])([\w.:-]++)\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'>]++)""")
_CELL_VALUE = re.compile(r"""\b(?:office:)?(?:value|date-value|string-value)=["']([^"'<>]*)["']""")
_NUMBER_ELEMENT = re.compile(r"<([A-Za-z][^<>]{0,120})(?<!/)>(?=\s{0,40}\d[^<>]{0,40}</)")
"""An opening tag with nothing but a value behind it that begins with a digit."""
_NUMERIC = re.compile(r"[\s0-9a-fA-F.,;:#%{}()+-]*")

_HTML_BLOCKS = """
    address article aside blockquote body br button canvas caption center dd details dialog dir div dl dt
    fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html iframe legend
    li link main map menu meta nav noframes noscript object ol optgroup option p pre script section select
    style summary table tbody template textarea tfoot thead title tr ul
    """
_HTML_BREAKS = dict.fromkeys(_HTML_BLOCKS.split(), "\n") | {"td": CELL, "th": CELL}

_FLOW_BLOCKS = """
    p br cr tr body hdr ftr comment footnote endnote txBody txbxContent sp graphicFrame fldSimple si
    h table-row line-break list-item list-header table page frame annotation note note-body section title
    subject author creator modifiedBy lastModifiedBy Relationship property
    textbox div posOffset pctWidth pctHeight pctPosHOffset pctPosVOffset ClientData Anchor Row Column
    """
"""Elements of WordprocessingML and DrawingML, of OpenDocument, and of values that have their own line."""
_FLOW_BREAKS = dict.fromkeys(_FLOW_BLOCKS.split(), "\n") | {
    "tc": CELL, "table-cell": CELL, "covered-table-cell": CELL,
    "tab": " ", "s": " ", "ptab": " ", "fldChar": " ", "instrText": " ", "sym": " ", "noBreakHyphen": "-",
}  # fmt: skip

_TEXTUAL = {
    "descr", "title", "name", "alt", "tooltip", "val", "value", "author", "initials", "label", "text",
    "string-value", "date-value", "display", "v",
    "current-value", "displayText", "string", "prompt", "promptTitle", "error", "errorTitle", "instr", "content",
    "UnicodeString", "uniqueName", "displayName", "help-text", "data", "Target", "href", "caption",
}  # fmt: skip
"""XML attributes whose value is text even when it looks like a number; other numbers are geometry and ids."""


def html_text(source: str, depth: int = 0) -> str:
    """Everything in an HTML document: what is shown, then attributes and comments.

    Inline tags and comments join their neighbours, blocks and table cells part them.

    >>> html_text('<p title="hidden">111<b>222</b>333</p><td>1</td><td>2 &amp; 3<!--x-->4</td>')
    '\\n111222333\\n  1    2 & 34  \\ntitle="hidden"\\nx'
    """
    # A break and the end of the line it stands on are one: the ends of lines are "\r" until the breaks are in.
    text, hidden = _pieces(source.replace("\r\n", "\r").replace("\n", "\r"), _HTML)
    text = text.replace("\n\r", "\n").replace("\r", "\n")
    if "%" in hidden and _ESCAPED_ADDRESS.search(hidden):
        hidden += "\n" + unquoted(hidden)
    inner = [html_text(document, depth + 1) for document in _inner_documents(hidden)] if depth < 4 else []
    return "\n".join([entities(text), entities(hidden), *inner])


def unquoted(addresses: str) -> str:
    """The lines of `addresses` in which characters are written as %20, with those characters.

    >>> unquoted("http://x.example/ mailto:a@b.example?body=BSN%20111222333")
    'http://x.example/ mailto:a@b.example?body=BSN 111222333'
    """
    return "\n".join(unquote(line) for line in addresses.split("\n") if _ESCAPED_ADDRESS.search(line))


def shown_text(source: str) -> str:
    """The running text of a piece of XML, without what its tags hide."""
    return entities(_pieces(source, _FLOW, indented=True)[0])


def flow_text(source: str) -> str:
    """Everything in an XML document of running text: runs join, paragraphs, rows and cells part.

    >>> flow_text('<w:p><w:r><w:t>111</w:t></w:r>\\n<w:r><w:t>222333</w:t></w:r></w:p><w:p w:rsidR="00112233"/>')
    '\\n111222333\\n\\n\\n'
    """
    text, hidden = _pieces(source, _FLOW, indented=True)
    return f"{entities(text)}\n{entities(hidden)}"


def data_text(source: str) -> str:
    """Everything in an XML document of values: each element on a line of its own.

    >>> data_text('<a><b>1</b><c name="x"/></a>')
    '1\\nx'
    """
    text, hidden = _pieces(source, _DATA, indented=True)
    lines = [line for line in entities(text).split("\n") if line and not line.isspace()]
    return "\n".join([*lines, entities(hidden)])


def record_text(source: str) -> str:
    """Everything in an XML document that is nobody's layout: as `data_text`, with all attributes as they stand.

    In front of a number stands what its element is called, because that says what the number is.

    >>> record_text('<clients><client bsn="111222333">Jansen</client><BG:bsn>123456782</BG:bsn></clients>')
    'Jansen\\nBG:bsn: 123456782\\nbsn="111222333"'
    """
    text, hidden = _pieces(_NUMBER_ELEMENT.sub(r"\g<0>\1: ", source), _RECORD, indented=True)
    lines = [line for line in entities(text).split("\n") if line and not line.isspace()]
    return "\n".join([*lines, entities(hidden)])


def visible_text(source: str) -> str:
    """What a reader sees of an HTML document, roughly: for a plain-text alternative, never for scanning.

    >>> visible_text("<style>p {}</style><p>Dear <b>you</b>,<br>\\n  hello</p><!-- no -->")
    'Dear you,\\nhello'
    """
    for start, end in _UNSEEN:
        source = _without(source, start, end)
    text, _ = _pieces(re.sub(r"[ \t\r\n]+", " ", source), _HTML)
    lines = (" ".join(line.split()) for line in entities(text).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


_UNSEEN = (("<!--", "-->"), ("<style", "</style>"), ("<script", "</script>"), ("<title", "</title>"))


def _without(source: str, start: str, end: str) -> str:
    """`source` without what stands from each `start` to its `end`."""
    found = [match.start() for match in re.finditer(re.escape(start), source, re.IGNORECASE)]
    ending = re.compile(re.escape(end), re.IGNORECASE)
    kept, position = [], 0
    for at in found:
        if at >= position:
            kept.append(source[position:at])
            match = ending.search(source, at)
            if match is None:
                return "".join(kept)
            position = match.end()
    return "".join([*kept, source[position:]])


_Tag = tuple[str, str]
"""What a tag leaves in the text, and what it hides: attributes, a comment."""


class _Tags:
    """How tags are read, with the short ones remembered: most tags of a document are the same few."""

    def __init__(self, read: Callable[[str], _Tag]) -> None:
        self.read = read
        self.read_short = lru_cache(maxsize=4096)(read)


def _pieces(source: str, tags: _Tags, *, indented: bool = False) -> tuple[str, str]:
    """The text outside the tags, and the distinct things inside them, a line each.

    `indented`: blanks with a line end between two tags are the layout of the XML, not text.
    """
    texts: list[str] = []
    hidden: list[str] = []
    position = 0
    while position < len(source):
        stop = position + _CHUNK
        if stop < len(source):
            stop = max(source.rfind("<", position + 1, stop), position) or stop
            stop = stop if stop > position else position + _CHUNK
        pieces = _TAG.split(source[position:stop] if stop - position < len(source) else source)
        inside: dict[str, None] = {}
        if indented:
            pieces[::2] = ["" if "\n" in piece and piece.isspace() else piece for piece in pieces[::2]]
        for place in range(1, len(pieces), 2):
            tag = pieces[place]
            pieces[place], hides = tags.read_short(tag) if len(tag) < 500 else tags.read(tag)
            if hides:
                inside[hides] = None
        texts.append("".join(pieces))
        hidden.extend(inside)
        if len(source) > _CHUNK:
            hidden = ["\n".join(hidden)]
        position = stop
    return "".join(texts), "\n".join(hidden)


def _html_tag(tag: str) -> _Tag:
    special = _special(tag)
    if special is not None:
        return special
    match = _NAME.match(tag)
    if not match:
        return tag, ""  # a browser shows "<1 year>" as it stands
    name = match[1].lower()
    inside = tag[match.end() : -1].strip(" \t\r\n/")
    return _HTML_BREAKS.get(name, ""), inside if len(name) < 9 or name in _HTML_BREAKS else f"{name} {inside}"


def _flow_tag(tag: str) -> _Tag:
    special = _special(tag)
    if special is not None:
        return special
    match = _NAME.match(tag)
    name = match[1] if match else ""
    if name == "table-cell":
        value = _CELL_VALUE.search(tag)
        if value:  # a cell need not hold the text of its value
            return f"{CELL}{value[1]}{CELL}", _xml_attributes(tag)
    return _FLOW_BREAKS.get(name, ""), _xml_attributes(tag)


def _data_tag(tag: str) -> _Tag:
    special = _special(tag)
    return special if special is not None else ("\n", _xml_attributes(tag))


def _record_tag(tag: str) -> _Tag:
    special = _special(tag)
    if special is not None:
        return special
    match = _NAME.match(tag)
    return "\n", tag[match.end() : -1].strip(" \t\r\n/") if match else tag


def _special(tag: str) -> _Tag | None:
    """Comments are hidden, CDATA is text, declarations are hidden; None for a tag."""
    if tag.startswith("<!"):
        if tag.startswith("<!--"):
            return "", tag[4:-1].removesuffix("--").strip()
        if tag.startswith("<![CDATA["):
            return html.escape(tag[9:-1].removesuffix("]]"), quote=False), ""
        return "", tag[2:-1]
    if tag.startswith("<?"):
        return "", "" if tag.startswith("<?xml") else tag[2:-1]
    return None


def _xml_attributes(tag: str) -> str:
    if "=" not in tag:
        return ""
    if len(tag) > 20_000:
        return tag[1:-1]  # no program writes this; taking it apart would cost more than reading it whole
    found = []
    for name, value in _ATTRIBUTE.findall(tag):
        local, value = name.rpartition(":")[2], value.strip("\"'")
        if local in _TEXTUAL or not (_NUMERIC.fullmatch(value) or name.startswith("xmlns")):
            found.append(value)
    return "\n".join(found)


def _inner_documents(hidden: str) -> list[str]:
    """The documents in srcdoc attributes, which are HTML escaped once more."""
    if "srcdoc" not in hidden.lower():
        return []
    return [entities(match[1][1:-1]) for match in _SRCDOC.finditer(hidden)]


def entities(text: str) -> str:
    """`text` with its character references resolved; never raises."""
    if "&" not in text:
        return text
    text = text.replace("&nbsp;", "\xa0")
    try:
        return html.unescape(text)
    except ValueError:  # a number that int() refuses
        return html.unescape(_HUGE_REFERENCE.sub("\ufffd", text))


_HTML, _FLOW, _DATA, _RECORD = _Tags(_html_tag), _Tags(_flow_tag), _Tags(_data_tag), _Tags(_record_tag)
