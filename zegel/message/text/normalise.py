"""Text folded so that one spelling of a rule finds every spelling of a mail.

Compatibility forms, accents, blanks, dashes, quotes and digits of every script become plain ones; what
nobody sees (soft hyphens, zero-width characters, direction marks) goes. Case and line ends stay. What comes out is
UTF-8, which is what is searched. ASCII, most of all mail, is passed over at the speed of a copy: the encoder calls
back for the other runs only, and a body in UTF-8 is never made a string of wide characters.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from functools import lru_cache

import re2

from zegel.message.text import lookalikes

_LETTERS = {
    **lookalikes.ALWAYS,
    "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th",
    "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ı": "i", "ŧ": "t", "Ŧ": "T",
    "ħ": "h", "Ħ": "H", "ŋ": "n", "Ŋ": "N", "ĸ": "k",
}  # fmt: skip
"""Letters with a stroke or two letters in one, which Unicode does not take apart."""

_SIGNS = {
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "`": "'", "´": "'", "ʼ": "'",
    "“": '"', "”": '"', "„": '"', "‟": '"', "″": '"', "«": '"', "»": '"',
    "−": "-", "⁃": "-", "‧": ".", "·": ".", "•": ".", "∙": ".", "․": ".", "⁄": "/", "∕": "/", "∶": ":",
    "\u2028": "\n", "\u2029": "\n", "\x85": "\n",
    "\u2800": " ", "\u3164": " ", "\u115f": "", "\u1160": "", "\uffa0": " ", "\u180e": "", "\ufffc": " ",
}  # fmt: skip


class _Fold(dict[int, str]):
    """Code point to what it folds to, worked out at its first use."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        folded = "".join(map(_folded, _taken_apart(character)))
        self[code] = folded
        return folded


def _taken_apart(character: str) -> str:
    if character in _SIGNS or character in _LETTERS or "\uac00" <= character <= "\ud7a3":
        return character
    return unicodedata.normalize("NFKD", character)


def _folded(character: str) -> str:
    if character < "\x80":
        return character
    known = _SIGNS.get(character) or _LETTERS.get(character)
    if known is not None:
        return known
    if character in _SIGNS:
        return ""
    match unicodedata.category(character):
        case "Nd":
            return str(unicodedata.digit(character))
        case "No":  # a digit in a circle
            return str(unicodedata.digit(character, character))
        case "Zs":
            return " "
        case "Pd":
            return "-"
        case "Mn" | "Me" | "Cf" | "Cc":
            return ""
        case "Cs":
            return "\ufffd"
        case _:
            return character


_fold = _Fold()


_Runs = tuple[bytes, bytes]
"""What a run folds to; and what beside a Latin letter or a digit, where it may be taken for more of them."""


def _folds(run: str) -> _Runs:
    plain = run.translate(_fold)
    folded = plain.encode("utf-8")
    mixed = lookalikes.as_latin(plain)
    if mixed == plain and lookalikes.as_digits(plain) == plain:
        return folded, b""
    other = mixed.encode("utf-8")
    return (other if lookalikes.is_of_two_scripts(plain) else folded), other


@lru_cache(maxsize=4096)
def _short_run(run: str) -> _Runs:
    return _folds(run)


@lru_cache(maxsize=4096)
def _short_run_of_utf8(run: str) -> _Runs:
    return _folds(run.encode("latin-1").decode("utf-8"))


def _fold_run(error: UnicodeError) -> tuple[bytes, int]:
    """An error handler of the ASCII encoder: the UTF-8 of what the run that is not ASCII folds to."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    run = error.object[error.start : error.end]
    if len(run) > _LONGEST_RUN:
        return run.translate(_fold).encode("utf-8"), error.end
    folded, mixed = _short_run(run)
    return _beside(error, folded, mixed) if mixed else folded, error.end


def _fold_run_of_utf8(error: UnicodeError) -> tuple[bytes, int]:
    """The same for bytes of UTF-8, a character each: whole characters are in one run, as all their bytes are high."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    run = error.object[error.start : error.end]
    if len(run) > _LONGEST_RUN:
        return run.encode("latin-1").decode("utf-8").translate(_fold).encode("utf-8"), error.end
    folded, mixed = _short_run_of_utf8(run)
    return _beside(error, folded, mixed) if mixed else folded, error.end


_LONGEST_RUN = 24


def _beside(error: UnicodeEncodeError, folded: bytes, mixed: bytes) -> bytes:
    """The one of the two that a reader sees, by what stands before and behind the run."""
    around = error.object[max(0, error.start - 1) : error.start], error.object[error.end : error.end + 1]
    if any(sign.isdigit() for sign in around):
        digits = lookalikes.as_digits(folded.decode("utf-8"))
        if digits.isdecimal():
            return digits.encode()
    return mixed if any(sign.isalpha() for sign in around) else folded


codecs.register_error("zegel.fold", _fold_run)
codecs.register_error("zegel.fold.utf8", _fold_run_of_utf8)


def _bytewise() -> re2.Options:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    return options


_LONE_RETURN = re2.compile(rb"\r(?:[^\n]|$)", _bytewise())


_OVERRIDE = re2.compile(b"\xe2\x80\xae", _bytewise())
_TURNED = re.compile("\u202e([^\u202c\n]{1,1000})")
"""What is shown from right to left."""
_CONTROL_SEQUENCE = re.compile(
    rb"\x1b(?:\[[0-?]{0,30}[ -/]{0,5}[@-~]|[&(*][a-z]?[0-9.+-]{0,9}[A-Za-z@]|[@-Z\\^_a-z=>])"
)
"""Of terminals (ECMA-48) and printers, in what programs write for them."""
_STRUCK_OVER = re.compile(rb"(?:[\x00-\x07\x09\x0b-\x7f]|[\xc2-\xf4][\x80-\xbf]{1,3})\x08")
_HYPHEN_AT_END = re2.compile(rb"-\n", _bytewise())
"""RE2 seeks a fixed string many times as fast as `in` does."""


def unhyphenated(text: bytes) -> bytes:
    """Folded text with the words joined that a hyphen at a line's end cuts; as they were they stand at its end.

    >>> unhyphenated(b"het burgerservice-\\nnummer, 1-\\n2")
    b'het burgerservicenummer, 1-\\n2\\nburgerservice-nummer'
    """
    if not _HYPHEN_AT_END.search(text):
        return text
    cut = dict.fromkeys(b"-".join(words) for words in _CUT_WORD.findall(text))
    return b"\n".join([_CUT.sub(rb"\1", text), b" ".join(cut)]) if cut else text


_CUT = re.compile(rb"(?<=[A-Za-z]{2})-\n(?:> ?){0,3} {0,20}([a-z]{2})")
_CUT_WORD = re.compile(rb"(?<![\w-])([A-Za-z]{2,40})-\n(?:> ?){0,3} {0,20}([a-z]{2,40})")


def normalise(text: str) -> str:
    """`text` folded for scanning.

    >>> normalise("Patiënt\\u00a0１１１\\u00ad２２２–333\\r\\n\\tcafe\\u0301")
    'Patient 111222-333\\n cafe'
    """
    return folded(text).decode("utf-8")


def folded(text: str) -> bytes:
    """`normalise(text)` in UTF-8."""
    if "\u202e" in text:
        text = "\n".join([text, *(turned[::-1] for turned in _TURNED.findall(text))])
    return _lines(text.encode("ascii", "zegel.fold"))


def folded_utf8(data: bytes) -> bytes | None:
    """`folded` of the text that `data` is in UTF-8; None when it is not UTF-8.

    >>> folded_utf8("Patiënt\\r\\n".encode()), folded_utf8("Patiënt".encode("cp1252"))
    (b'Patient\\n', None)
    """
    if data.isascii():
        return _lines(data)
    try:
        if _OVERRIDE.search(data):
            return folded(data.decode("utf-8"))
        return _lines(data.decode("latin-1").encode("ascii", "zegel.fold.utf8"))
    except UnicodeDecodeError:
        return None


def _lines(text: bytes) -> bytes:
    """`text` with every line end one sign, every blank a blank, and no zero bytes."""
    if b"\r" in text:
        if _LONE_RETURN.search(text):
            text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        else:
            text = text.replace(b"\r", b"")  # several times as fast
    if b"\x1b" in text:
        text = _CONTROL_SEQUENCE.sub(b"", text)
    if b"\b" in text:  # nobody sees it, or it takes the sign before it away
        text = text.replace(b"\b", b"") + b"\n" + _STRUCK_OVER.sub(b"", text)
    for blank in (b"\t", b"\v", b"\f"):
        if blank in text:
            text = text.replace(blank, b" ")
    return text.replace(b"\0", b"") if b"\0" in text else text
