"""Where a value that was found stands once more, without the words that made it a finding.

"BSN 111222333" in a file is a finding; "dossier 111222333" in the subject is none by itself. But once the number is
known to be sensitive, a notification that carries the subject would give it away.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING

from zegel.policy.case import plain

if TYPE_CHECKING:
    from zegel.message.base.found import Text

_MOST_VALUES = 1_000
_SIGNS = bytes(sign for sign in range(256) if not chr(sign).isalnum() or sign >= 128)
"""All but the letters and digits of ASCII: what may stand between those of a value."""
_DIGITS = 5
"""A value with fewer digits says nothing by itself: words are looked for by rules."""


def echoes(values: Iterable[str], texts: Iterable[Text]) -> frozenset[str]:
    """The places other than attachments (subject, headers, body, filenames) that hold one of `values`.

    >>> from zegel.message.base.found import Text
    >>> subject, body = Text("subject", "", "€ dossier 111.222-333".encode()), Text("body", "1", "Ж-12345 z".encode())
    >>> sorted(echoes(["111222333"], [subject, body])), sorted(echoes(["ж12345"], [subject, body]))
    (['subject'], ['body'])
    """
    wanted = {plain(value) for value in islice(dict.fromkeys(values), 10 * _MOST_VALUES)}
    wanted = {value for value in wanted if sum(map(str.isdigit, value)) >= _DIGITS}
    chosen = sorted(wanted)[:_MOST_VALUES]
    if not chosen:
        return frozenset()
    short = [value.encode() for value in chosen if value.isascii()]
    rest = [value for value in chosen if not value.isascii()]
    found = set()
    for text in texts:
        if text.where != "attachments" and text.where not in found:
            content = text.data.lower().translate(None, _SIGNS)
            if any(value in content for value in short) or (rest and _holds(text, rest)):
                found.add(text.where)
    return frozenset(found)


def _holds(text: Text, values: Iterable[str]) -> bool:
    content = plain(text.content)
    return any(value in content for value in values)
