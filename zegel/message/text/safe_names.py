"""Names from a mail, made safe to show, to write in a header and to save a file under."""

from __future__ import annotations

import mimetypes
import re
import unicodedata

LONGEST_NAME = 150
"""Characters of a file name."""
_LONGEST_BYTES = 200
"""Its bytes: file systems take 255, and programs add to a name."""
_LONGEST_GIVEN = 20_000

_BLANKS = re.compile(r"\s+")
_FORBIDDEN = re.compile(r'[/\\:*?"<>|]+')
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)


def safe_text(text: str, longest: int = 1000) -> str:
    """One line for display: no control characters, nothing that turns the direction of what follows.

    >>> safe_text("Uw\\r\\nfactuur \\u202efdp.exe\\x00")
    'Uw factuur fdp.exe'
    """
    line = _BLANKS.sub(" ", text[: longest * 4])
    if line.isascii() and line.isprintable():
        return line.strip()[:longest]
    kept = "".join(c for c in line if unicodedata.category(c) not in ("Cc", "Cs", "Co", "Cn") and not _turns(c))
    return kept.strip()[:longest]


def _turns(character: str) -> bool:
    """Bidirectional overrides, embeddings, isolates and marks, line separators, and the byte-order mark."""
    return "\u200e" <= character <= "\u200f" or "\u2028" <= character <= "\u202e" or (
        "\u2066" <= character <= "\u2069" or character in "\u061c\ufeff"
    )  # fmt: skip


def safe_name(name: str, index: int, content_type: str) -> str:
    """A file name without folders, tricks or devices; "file-1.pdf" for a file without one.

    >>> safe_name("../../etc/pass\\u202ewd", 1, "text/plain"), safe_name("", 2, "application/pdf")
    ('passwd', 'file-2.pdf')
    >>> safe_name("C:\\\\tmp\\\\a.txt", 1, ""), safe_name("nul.txt", 1, ""), safe_name("...", 3, "x/y")
    ('a.txt', '_nul.txt', 'file-3')
    """
    last = re.split(r"[/\\]", safe_text(name, _LONGEST_GIVEN))[-1]
    clean = _FORBIDDEN.sub("_", last).strip(" .")
    if not clean.strip("_"):
        return f"file-{index}{_ending(content_type)}"
    if _DEVICES.match(clean):
        clean = f"_{clean}"
    return _shortened(clean)


def _shortened(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > 12:
        stem, dot, ending = name, "", ""
    tail = dot + ending
    stem = stem[: LONGEST_NAME - len(tail)]
    while len((stem + tail).encode("utf-8", "replace")) > _LONGEST_BYTES:
        stem = stem[:-1]
    return stem.rstrip(" .") + tail


def _ending(content_type: str) -> str:
    if content_type == "message/rfc822":
        return ".eml"
    if content_type == "text/plain":
        return ".txt"
    return mimetypes.guess_extension(content_type) or ""
