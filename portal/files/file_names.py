"""File names as they may leave the portal: in a header, and inside a ZIP that any system can unpack."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import quote

from zegel.message.text.safe_names import safe_name


def unique_names(names: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """The names made safe and different from each other on systems that ignore case.

    >>> unique_names(["a.pdf", "A.pdf", "message.eml"], ["message.eml"])
    ['a.pdf', 'A (2).pdf', 'message (2).eml']
    """
    used = {name.casefold() for name in taken}
    made = []
    counts: dict[str, int] = {}
    for number, given in enumerate(names, 1):
        name = safe_name(given, number, "")
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
    name = safe_name(name, 1, "")
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    plain = re.sub(r'["\\%\x00-\x1f\x7f]', "_", plain).strip()
    if not plain.partition(".")[0].strip(" _"):  # nothing of the name is ASCII
        plain = f"file{plain}"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='!#$&+^`|')}"
