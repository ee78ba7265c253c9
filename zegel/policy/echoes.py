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
    from zegel.message.found import Text

_MOST_VALUES = 1_000
_DIGITS = 5
"""A value with fewer digits says nothing by itself: words are looked for by rules."""


def echoes(values: Iterable[str], texts: Iterable[Text]) -> frozenset[str]:
    """The places other than attachments (subject, headers, body, filenames) that hold one of `values`."""
    wanted = {plain(value) for value in islice(dict.fromkeys(values), 10 * _MOST_VALUES)}
    wanted = {value for value in wanted if sum(map(str.isdigit, value)) >= _DIGITS}
    chosen = sorted(wanted)[:_MOST_VALUES]
    if not chosen:
        return frozenset()
    found = set()
    for text in texts:
        if text.where != "attachments" and text.where not in found:
            content = plain(text.content)
            if any(value in content for value in chosen):
                found.add(text.where)
    return frozenset(found)
