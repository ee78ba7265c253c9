"""RTF to text: everything but pictures, whichever group it is in."""

from __future__ import annotations

import binascii
import re

from zegel.message.formats.archive import Inner, below
from zegel.message.formats.ole_package import embedded_object
from zegel.message.text import charset as charsets
from zegel.message.text import markup
from zegel.message.text.table_ends import CELL_END, INNER_CELL_END, INNER_ROW_END, OUTSIDE, ROW_END, with_tables
from zegel.message.text.table_marks import bytes_without_marks

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z'])|([{}])|[\r\n]+|([^\\{}\r\n]+)|."
)
_BREAKS = {
    b"line": "\n", b"sect": "\n", b"page": "\n", b"row": ROW_END, b"nestrow": INNER_ROW_END, b"cell": CELL_END,
    b"nestcell": INNER_CELL_END, b"tab": " ", b"emdash": "-", b"endash": "-", b"emspace": " ", b"enspace": " ",
    b"qmspace": " ", b"lquote": "'", b"rquote": "'", b"ldblquote": '"', b"rdblquote": '"', b"bullet": " ",
}  # fmt: skip
_SIGNS = {b"~": b" ", b"-": b"", b"_": b"-", b"\\": b"\\", b"{": b"{", b"}": b"}"}
_NOT_TEXT = {b"pict", b"themedata", b"colorschememapping", b"datastore", b"fonttbl", b"colortbl", b"blipuid",
             b"latentstyles", b"rsidtbl", b"listtable", b"listoverridetable", b"xmlnstbl", b"stylesheet"}  # fmt: skip
_ASIDE = {
    b"footnote", b"annotation", b"atnauthor", b"header", b"headerl", b"headerr", b"headerf", b"footer", b"footerl",
    b"footerr", b"footerf", b"info", b"title", b"subject", b"author", b"operator", b"keywords", b"comment", b"doccomm",
    b"manager", b"company", b"category", b"hlinkbase", b"fldinst", b"shptxt", b"sn", b"sv", b"propname", b"staticval",
    b"formfield", b"ffdeftext", b"ffname", b"ffhelptext", b"ffstattext", b"ffl", b"xe", b"tc", b"result",
}  # fmt: skip
"""Destinations whose text stands apart from what is around them; so do those behind \\*, but for the HTML in an RTF."""
_INLINE = {b"htmltag", b"mhtmltag", b"shppict"}
_LISTS = {b"docvar", b"userprops", b"xe"}
"""Destinations in which each group is a text of its own."""
_BINARY = re.compile(rb"\\bin(\d{1,9}) ?")
_DEEPEST = 1000
_FONT = re.compile(
    rb"\\f(\d{1,5})(?:\\[a-eg-z][a-z]{0,30}-?\d{0,10} ?|\\f(?!charset)[a-z]{1,30}-?\d{0,10} ?|\\\*|[\s{}0-9]){0,40}"
    rb"\\fcharset(\d{1,3})"
)
_LONGEST_FONT_TABLE = 300_000
_CODE_PAGES = {
    77: "mac_roman", 128: "cp932", 129: "cp949", 130: "cp1361", 134: "gb18030", 136: "cp950", 161: "cp1253",
    162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
    238: "cp1250",
    254: "cp437",
}  # fmt: skip
"""The code page of each character set that a font may have."""


def rtf_text(data: bytes, part: str, inner: Inner) -> str:
    """The text of an RTF, and of the HTML that Outlook wraps in one (MS-OXRTFEX)."""
    text = read_rtf(data, part, inner)
    return markup.html_text(text) if b"\\fromhtml" in data[:2000] else text


def read_rtf(data: bytes, part: str, inner: Inner) -> str:
    """The text of an RTF, what stands apart from its body at the end; embedded objects go to `inner` as bytes.

    >>> read_rtf(rb"{\\rtf1\\ansi\\ansicpg1252 pati\\'ebnt {\\b 111}22{\\footnote n}2\\u51 ?33\\par end}", "2", print)
    'patiënt 111222333\\nend\\nn'
    """
    reading = _Reading(part, inner)
    reading.fonts = {
        int(number): _CODE_PAGES[int(charset)]
        for number, charset in _FONT.findall(data[:_LONGEST_FONT_TABLE])
        if int(charset) in _CODE_PAGES
    }
    source = bytes_without_marks(data)
    position = 0
    for binary in _BINARY.finditer(data):
        if binary.start() >= position:
            for token in _TOKEN.finditer(source, position, binary.start()):
                reading.token(*token.groups())
            position = min(len(data), binary.end() + int(binary[1]))
            reading.binary(data[binary.end() : position])
    for token in _TOKEN.finditer(source, position):
        reading.token(*token.groups())
    return reading.end()


class _Reading:
    def __init__(self, part: str, inner: Inner) -> None:
        self.part = part
        self.inner = inner
        self.codepage = "cp1252"
        self.fonts: dict[int, str] = {}
        """The code page of each font that has one of its own."""
        self.pages = [""]
        """Of each group, the code page of its font."""
        self.depth = 0
        self.skip = 0
        """The depth of a group that holds no text, 0 outside of one."""
        self.texts: list[list[str]] = [[]]
        """What is being written: the body, and what stands apart in it, in each other."""
        self.opened: list[int] = []
        """The depth at which each of `texts` but the first began."""
        self.apart: list[str] = []
        self.pending = bytearray()
        self.fallback = [1]
        """Of each group, how many characters after a \\u stand for the same once more."""
        self.to_skip = 0
        self.starred = False
        self.in_list = 0
        self.in_object = 0
        self.in_table = False
        """Whether the paragraph is in a table."""
        self.digits: list[bytes] = []

    def token(self, word: bytes, number: bytes, byte: bytes, symbol: bytes, brace: bytes, text: bytes) -> None:
        """One control word, escaped byte, symbol, brace or run of text."""
        starred, self.starred = self.starred, symbol == b"*"
        if brace == b"{":
            self.depth += 1
            if len(self.fallback) < _DEEPEST:
                self.fallback.append(self.fallback[-1])
                self.pages.append(self.pages[-1])
            if self.in_list:
                self.begin_apart()
        elif brace == b"}":
            self.close_group()
        elif word:
            self.control(word, number, starred)
        elif self.skip:
            return
        elif byte or symbol in _SIGNS:
            if self.to_skip:
                self.to_skip -= 1
            else:
                self.pending += binascii.unhexlify(byte) if byte else _SIGNS[symbol]
        elif text:
            if self.in_object:
                self.digits.append(text)
            else:
                self.pending += text[self.to_skip :]
                self.to_skip = max(0, self.to_skip - len(text))

    def binary(self, content: bytes) -> None:
        """Bytes that stand as they are: of an object, else text as likely as not."""
        if self.in_object:
            self.digits.append(content.hex().encode())
        elif not self.skip:
            self.pending += bytes_without_marks(content)

    def control(self, word: bytes, number: bytes, starred: bool) -> None:
        """A control word, `starred` when it stands behind \\*."""
        if word in _NOT_TEXT:
            self.skip = self.skip or self.depth
        elif word == b"objdata":
            self.in_object = self.depth
        elif word == b"ansicpg" and number:
            self.codepage = f"cp{int(number)}"
        elif word == b"uc" and number:
            self.fallback[-1] = max(0, min(int(number), 10))
        elif self.skip:
            return
        elif word in (b"f", b"af") and number:
            self.write("")
            self.pages[-1] = self.fonts.get(int(number), "")
        elif word == b"plain":
            self.write("")
            self.pages[-1] = ""
        elif word == b"u" and number:
            self.write(chr(int(number) % 65_536))
            self.to_skip = self.fallback[-1]
        elif word == b"par":
            self.write("\n" if self.in_table else OUTSIDE)
        elif word in _BREAKS:
            self.write(_BREAKS[word])
        elif word in (b"pard", b"intbl"):
            self.in_table = word == b"intbl"
        elif word in _ASIDE or (starred and word not in _INLINE):
            self.begin_apart()
            if word in _LISTS:
                self.in_list = self.in_list or self.depth

    def write(self, text: str) -> None:
        """Write what is pending, then `text`."""
        if self.pending:
            self.texts[-1].append(charsets.decode(bytes(self.pending), self.pages[-1] or self.codepage))
            self.pending.clear()
        self.texts[-1].append(text)

    def begin_apart(self) -> None:
        """What follows in this group stands apart."""
        if len(self.texts) < _DEEPEST:
            self.write("")
            self.texts.append([])
            self.opened.append(self.depth)

    def close_group(self) -> None:
        if self.in_object and self.depth <= self.in_object:
            self.close_object()
            self.in_object = 0
        if self.skip and self.depth <= self.skip:
            self.skip = 0
        while self.opened and self.opened[-1] >= self.depth:
            self.write("")
            self.opened.pop()
            self.apart.append("".join(self.texts.pop()))
        if self.in_list >= self.depth:
            self.in_list = 0
        self.depth -= 1
        if len(self.fallback) > 1:
            if self.pages[-1] != self.pages[-2]:
                self.write("")
            self.fallback.pop()
            self.pages.pop()

    def close_object(self) -> None:
        """Hand over the object whose bytes were gathered."""
        digits = re.sub(rb"[^0-9a-fA-F]", b"", b"".join(self.digits))
        self.digits.clear()
        if len(digits) > 20:
            title, content = embedded_object(binascii.unhexlify(digits[: len(digits) & ~1]))
            self.inner(content, below(self.part, title or "object"), title)

    def end(self) -> str:
        """All text; groups that were left open are closed."""
        self.write("")
        if self.digits:
            self.close_object()
        texts = ["".join(text) for text in self.texts] + self.apart
        joined = "\n".join([texts[0], *(text for text in texts[1:] if text and not text.isspace())])
        return with_tables(joined.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
