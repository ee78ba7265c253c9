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

from zegel.message.text import elements
from zegel.message.text import table_marks as marks
from zegel.message.text.unseen_html import without_cuts

_TAG = re.compile(r"(<[^<>]*+>)")
_NAME = re.compile(r"</?(?:[A-Za-z][\w.-]*:)?([A-Za-z][\w.-]*)")
_CHUNK = 1_000_000
"""Characters that are split at once, so that a document of nothing but tags does not fill the memory."""
_SPAN = re.compile(r"""\b(col|row)span\s*+=\s*+["']?(\d{1,5})""", re.IGNORECASE)
_GRID_SPAN = re.compile(r"""\bval=["'](\d{1,5})""")
_REPEATED = re.compile(r"""\bnumber-columns-repeated=["'](\d{1,2})["']""")
"""What is repeated a hundred times and more is the blank rest of a row."""
_REPEATED_CELL = re.compile(
    r"""(<(\w+:table-cell)\b[^<>]*?)\s[\w:]*number-columns-repeated=["'](\d{1,2})["']([^<>]*(?<!/)>.*?</\2>)""",
    re.DOTALL,
)
_TWICE = re.compile(r"(\x1f[\x0e\x0f]*)([^\n\x1c-\x1f]+)\n\s*\2(?=[\n\x1c-\x1f])")
_ESCAPED_ADDRESS = re.compile(r"%[0-9A-Fa-f]{2}")
_HUGE_REFERENCE = re.compile(r"&#[xX]?[0-9a-fA-F]{9,}+;?")
_DELETED = re.compile(r"<(?:\w+:)?delText\b[^<>]*+>[^<]*+")
_INSERTED = re.compile(r"<(\w+:)?ins\b[^<>]*+(?<!/)>(?:(?!</?(?:\w+:)?ins\b).)*+</(?:\w+:)?ins>", re.DOTALL)
_SRCDOC = re.compile(r"""\bsrcdoc\s*+=\s*+("[^"]*+"|'[^']*+')""", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(?<![\w.:-])([\w.:-]++)\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'>]++)""")
_CELL_VALUE = re.compile(r"""\b(?:office:)?(?:value|date-value|string-value)=["']([^"'<>]*)["']""")
_NUMBER_ELEMENT = re.compile(r"<([A-Za-z][^<>]{0,120})(?<!/)>(?=\s{0,40}\d[^<>]{0,40}</)")
"""An opening tag with nothing but a value behind it that begins with a digit."""
_NUMERIC = re.compile(r"[\s0-9a-fA-F.,;:#%{}()+-]*")


def html_text(source: str, depth: int = 0) -> str:
    """Everything in an HTML document: what is shown, then attributes and comments.

    Inline tags and comments join their neighbours, blocks part them, the cells of tables are marked.

    >>> html_text('<p title="hidden">111<b>222</b>333</p>2 &amp; 3<!--x-->4')
    '\\n111222333\\n2 & 34\\n\\ntitle="hidden"\\nx'
    >>> html_text('<table><tr><td>1<td>2</table>')
    '\\n\\x1c\\x1e\\x1f1\\x1f2\\x1d\\n'
    """
    source = without_cuts(marks.without_marks(source))
    # A break and the end of the line it stands on are one: the ends of lines are "\r" until the breaks are in.
    text, hidden = _pieces(source.replace("\r\n", "\r").replace("\n", "\r"), _HTML)
    text = text.replace("\n\r", "\n").replace("\r", "\n")
    inner = [html_text(document, depth + 1) for document in _inner_documents(hidden)] if depth < 4 else []
    return marks.tidied("\n".join([entities(text), entities(hidden), *inner]))


def unquoted(addresses: str) -> str:
    """The lines of `addresses` in which characters are written as %20, with those characters.

    >>> unquoted("http://x.example/ mailto:a@b.example?body=BSN%20111222333\\n100%"), unquoted("bsn%253D1")
    ('http://x.example/ mailto:a@b.example?body=BSN 111222333', 'bsn=1')
    """
    if not _ESCAPED_ADDRESS.search(addresses):
        return ""
    lines = (unquote(line) for line in addresses.split("\n") if _ESCAPED_ADDRESS.search(line))
    return "\n".join(unquote(line) if _ESCAPED_ADDRESS.search(line) else line for line in lines)


def shown_text(source: str) -> str:
    """The running text of a piece of XML, without what its tags hide."""
    return marks.without_marks(entities(_pieces(source, _FLOW, indented=True)[0]))


def flow_text(source: str) -> str:
    """Everything in an XML document of running text: runs join, paragraphs part, the cells of tables are marked.

    >>> flow_text('<w:p><w:r><w:t>111</w:t></w:r>\\n<w:r><w:t>222333</w:t></w:r></w:p><w:p w:rsidR="00112233"/>')
    '\\n111222333\\n\\n\\n'
    """
    source = marks.without_marks(source)
    if "delText" not in source:
        return _flow_text(source)
    # As it is shown, then the paragraphs that were changed as they were before: a number of which one digit was
    # corrected is in neither when both stand in one line.
    before = "\n".join(piece for piece in source.split("</w:p>") if "delText" in piece)
    return f"{_flow_text(_DELETED.sub('', source))}\n{_flow_text(_INSERTED.sub('', before))}"


def _flow_text(source: str) -> str:
    if "columns-repeated=" in source:
        source = _REPEATED_CELL.sub(lambda cell: f"{cell[1]}{cell[4]}" * max(1, int(cell[3])), source)
    text, hidden = _pieces(source, _FLOW, indented=True)
    if "office:value" in source:
        text = _TWICE.sub(r"\1\2", text)
    return marks.tidied(f"{entities(text)}\n{entities(hidden)}")


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
    text = text.replace(marks.CELL, "  ").replace(marks.ROW, "\n").replace(marks.TABLE, "\n").replace(marks.END, "\n")
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
    mark = elements.HTML_TABLE.get(f"/{name}" if tag[1] == "/" else name)
    if mark is not None:
        if mark == marks.CELL and "span" in inside.lower():
            spans = {which.lower(): count for which, count in _SPAN.findall(inside)}
            mark += marks.spanning(spans.get("col", 1), spans.get("row", 1))
        return mark, inside
    shown = elements.HTML_BREAKS.get(name)
    return shown or "", inside if len(name) < 9 or shown is not None else f"{name} {inside}"


def _flow_tag(tag: str) -> _Tag:
    special = _special(tag)
    if special is not None:
        return special
    match = _NAME.match(tag)
    name = match[1] if match else ""
    mark = elements.FLOW_TABLE.get(f"/{name}" if tag[1] == "/" else name)
    if mark is not None:
        value = _CELL_VALUE.search(tag) if name == "table-cell" else None
        repeated = _REPEATED.search(tag) if tag.endswith("/>") else None
        mark *= max(1, int(repeated[1])) if repeated and mark == marks.CELL else 1
        if value:  # a cell need not hold the text of its value
            return f"{mark}{value[1]}\n", _xml_attributes(tag.replace(value[0], "", 1))
        return mark, _xml_attributes(tag)
    if name == "gridSpan":
        count = _GRID_SPAN.search(tag)
        return marks.spanning(count[1]) if count else "", ""
    if name == "sym":
        sign = _SIGN.search(tag)
        return chr(int(sign[1], 16)) if sign else " ", ""
    return elements.FLOW_BREAKS.get(name, ""), _xml_attributes(tag)


_SIGN = re.compile(r"""\bchar=["']F0(3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa])["']""")
"""A digit or letter of a font of signs (WordprocessingML)."""


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
        if local in elements.TEXTUAL or not (_NUMERIC.fullmatch(value) or name.startswith("xmlns")):
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
