"""The subject of a notification: the sender's own, without activation words, or a neutral one."""

from __future__ import annotations

import re
from collections.abc import Sequence

_ROUNDS = 10
"""How often words are looked for again where others stood: a bound for subjects that are built to take long."""


def without_words(subject: str, words: Sequence[str]) -> str:
    """`subject` without the activation words, whatever their case and spacing; itself when there are none.

    A word that appears by removing another one goes too. What begins or ends with a letter or a
    digit is a whole word only: "safe" leaves "Safety first" alone.

    >>> without_words("Re: [VEILIG] Uitslag", ["[veilig]"])
    'Re: Uitslag'
    """
    patterns = [_pattern(word) for word in sorted(words, key=len, reverse=True) if word.strip()]
    rest = subject
    for _ in range(_ROUNDS):
        before = rest
        for pattern in patterns:
            rest = pattern.sub(" ", rest)
        if rest == before:
            break
    return subject if rest == subject else " ".join(rest.split())


def _pattern(word: str) -> re.Pattern[str]:
    middle = r"\s+".join(map(re.escape, word.split()))
    start = r"(?<!\w)" if re.match(r"\w", word.strip()) else ""
    end = r"(?!\w)" if re.search(r"\w$", word.strip()) else ""
    return re.compile(start + middle + end, re.IGNORECASE)
