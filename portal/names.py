"""File names as they may leave the portal: in a header, and inside a ZIP that any system can unpack."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import quote

LONGEST = 120
"""Characters in a name; file systems take 255 bytes and an emoji has four."""

_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
"""Names that Windows keeps for devices, with any extension."""


def safe_name(name: str, fallback: str = "file") -> str:
    """`name` without folders, control and direction characters, and what a file system refuses.

    >>> safe_name("../../etc/passwd"), safe_name("C:\\\\temp\\\\a?.pdf"), safe_name("nul.txt")
    ('passwd', 'a_.pdf', '_nul.txt')
    """
    last = re.split(r"[/\\]", name)[-1]
    seen = "".join(c for c in last if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp") or c == "\u200d")
    clean = re.sub(r'[<>:"|?*]', "_", seen).strip(" .\u200d") or fallback
    stem, dot, extension = clean.rpartition(".")
    if dot and len(extension) <= 12:
        clean = f"{stem[: LONGEST - len(extension) - 1].rstrip(' .')}.{extension}"
    clean = clean[:LONGEST]
    return f"_{clean}" if clean.split(".")[0].strip().lower() in _DEVICES else clean


def unique_names(names: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """The names made safe and different from each other on systems that ignore case.

    >>> unique_names(["a.pdf", "A.pdf", "message.eml"], ["message.eml"])
    ['a.pdf', 'A (2).pdf', 'message (2).eml']
    """
    used = {name.casefold() for name in taken}
    made = []
    counts: dict[str, int] = {}
    for name in map(safe_name, names):
        stem, dot, extension = name.rpartition(".")
        stem, tail = (stem, f".{extension}") if dot and stem else (name, "")
        candidate = name
        while candidate.casefold() in used:
            counts[name.casefold()] = counts.get(name.casefold(), 1) + 1
            candidate = f"{stem} ({counts[name.casefold()]}){tail}"
        used.add(candidate.casefold())
        made.append(candidate)
    return made


def attachment_header(name: str) -> str:
    """A Content-Disposition that saves under `name` in every browser (RFC 6266, RFC 8187).

    >>> attachment_header('Uitslag "mei" é.pdf')
    'attachment; filename="Uitslag _mei_ e.pdf"; filename*=UTF-8\\'\\'Uitslag%20_mei_%20%C3%A9.pdf'
    """
    name = safe_name(name)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    plain = re.sub(r'["\\%\x00-\x1f\x7f]', "_", plain).strip()
    if not plain.rpartition(".")[0].strip() and "." in plain or not plain:
        plain = f"file{plain}"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='!#$&+^`|')}"
