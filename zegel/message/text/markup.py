"""HTML and XML to text, in one pass and without building a tree.

There is no parser here that could be led astray: a tag is what stands between `<` and the next `>`, and both
what is inside and outside of tags ends up in the text. Only HTML's named entities exist, so there is nothing
to expand, include or fetch.
"""

from __future__ import annotations

import html
import re
from urllib.parse import unquote

from zegel.message.text import table_marks as marks
from zegel.message.text.tags import DATA, FLOW, HTML, RECORD, Tags
from zegel.message.text.unseen_html import without_cuts

_TAG = re.compile(r"(<[^<>]*+>)")
_CHUNK = 1_000_000
"""Characters that are split at once, so that a document of nothing but tags does not fill the memory."""
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
_NUMBER_ELEMENT = re.compile(
    r"<([A-Za-z][^<>]{0,120})(?<!/)>(?:\s{0,40}<(?:\w{1,20}:)?value\b[^<>]{0,60}(?<!/)>)?(?=\s{0,40}\d[^<>]{0,40}</)"
)
"""An opening tag with nothing but a value behind it that begins with a digit, with or without an element around it."""
_CUT_NUMBER = re.compile(r"\d<[^<>]{1,200}>\d")


def html_text(source: str, depth: int = 0) -> str:
    """Everything in an HTML document: what is shown, then attributes and comments.

    Inline tags and comments join their neighbours, blocks part them, the cells of tables are marked.

    >>> html_text('<p title="hidden">111<b>222</b>333</p>2 &amp; 3<!--x-->4')
    '\\n111222333\\n2 & 34\\n\\ntitle="hidden"\\nx'
    >>> html_text('<table><tr><td>1<td>2</table>')
    '\\n\\x1c\\x1e\\x1f1\\x1f2\\x1d\\n'
    """
    source = marks.without_marks(source)
    text, hidden, doubt = _pieces(_breaks_apart(source), HTML)
    if doubt or "<!--" in source:
        whole = without_cuts(source)
        if whole != source:
            text, hidden, _ = _pieces(_breaks_apart(whole), HTML)
    text = text.replace("\n\r", "\n").replace("\r", "\n")
    inner = [html_text(document, depth + 1) for document in _inner_documents(hidden)] if depth < 4 else []
    return marks.tidied("\n".join([entities(text), entities(hidden), *inner]))


def _breaks_apart(source: str) -> str:
    """`source` with the ends of its lines as "\r", so that a break and the end of the line it stands on are one."""
    return source.replace("\r\n", "\r").replace("\n", "\r")


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
    return marks.without_marks(entities(_pieces(source, FLOW, indented=True)[0]))


def flow_text(source: str) -> str:
    """Everything in an XML document of running text: runs join, paragraphs part, the cells of tables are marked.

    >>> flow_text('<w:p><w:r><w:t>111</w:t></w:r>\\n<w:r><w:t>222333</w:t></w:r></w:p><w:p w:rsidR="00112233"/>')
    '\\n111222333\\n\\n\\n'
    """
    source = marks.without_marks(source)
    if "delText" not in source:
        return _flow_text(source)
    # Twice: as it is shown, and the changed paragraphs as they were before. With both in one line, a number in which
    # one digit was corrected would be found in neither form.
    before = "\n".join(piece for piece in source.split("</w:p>") if "delText" in piece)
    return f"{_flow_text(_DELETED.sub('', source))}\n{_flow_text(_INSERTED.sub('', before))}"


def _flow_text(source: str) -> str:
    if "columns-repeated=" in source:
        source = _REPEATED_CELL.sub(lambda cell: f"{cell[1]}{cell[4]}" * max(1, int(cell[3])), source)
    text, hidden, _ = _pieces(source, FLOW, indented=True)
    if "office:value" in source:
        text = _TWICE.sub(r"\1\2", text)
    return marks.tidied(f"{entities(text)}\n{entities(hidden)}")


def data_text(source: str) -> str:
    """Everything in an XML document of values: each element on a line of its own.

    >>> data_text('<a><b>1</b><c name="x"/></a>')
    '1\\nx'
    """
    text, hidden, _ = _pieces(source, DATA, indented=True)
    lines = [line for line in entities(text).split("\n") if line and not line.isspace()]
    return "\n".join([*lines, entities(hidden)])


def record_text(source: str) -> str:
    """Everything in an XML document that is nobody's layout: as `data_text`, with all attributes as they stand.

    In front of a number stands what its element is called, because that says what the number is.

    >>> record_text('<clients><client bsn="111222333">Jansen</client><BG:bsn>123456782</BG:bsn></clients>')
    'Jansen\\nBG:bsn: 123456782\\nbsn="111222333"'
    """
    text, hidden, _ = _pieces(_NUMBER_ELEMENT.sub(r"\g<0>\1: ", source), RECORD, indented=True)
    lines = [line for line in entities(text).split("\n") if line and not line.isspace()]
    if "&lt;" in source and any("</" in line for line in lines):  # HTML in a value
        lines.append(html_text("\n".join(lines)))
    if _CUT_NUMBER.search(source):  # text with tags in it, after all
        lines.append(html_text(source))
    return "\n".join([*lines, entities(hidden)])


def visible_text(source: str) -> str:
    """What a reader sees of an HTML document, roughly: for a plain-text alternative, never for scanning.

    >>> visible_text("<style>p {}</style><p>Dear <b>you</b>,<br>\\n  hello</p><!-- no -->")
    'Dear you,\\nhello'
    """
    for start, end in _UNSEEN:
        source = _without(source, start, end)
    text, _, _ = _pieces(re.sub(r"[ \t\r\n]+", " ", source), HTML)
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


def _pieces(source: str, tags: Tags, *, indented: bool = False) -> tuple[str, str, bool]:
    """The text outside the tags, the distinct things inside them, a line each, and whether a tag is in doubt.

    `indented`: blanks with a line end between two tags are the layout of the XML, not text.
    """
    texts: list[str] = []
    hidden: list[str] = []
    doubtful = False
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
            pieces[place], hides, doubt = tags.read_short(tag) if len(tag) < 500 else tags.read(tag)
            doubtful = doubtful or doubt
            if hides:
                inside[hides] = None
        texts.append("".join(pieces))
        hidden.extend(inside)
        if len(source) > _CHUNK:
            hidden = ["\n".join(hidden)]
        position = stop
    return "".join(texts), "\n".join(hidden), doubtful


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
