"""Milter lists as Postfix reads them: entries between commas and blanks, with braces inside braces."""

from __future__ import annotations

import re
from collections.abc import Iterator

MILTER_LISTS = ("smtpd_milters", "non_smtpd_milters")
OURS = "$zegel_milter"
_OPENING, _CLOSING = "{(", "})"
_PLAIN_NAME = re.compile(r"\$(?:\{(\w+)\}|\((\w+)\))")


class Unbalanced(Exception):
    """A brace or parenthesis has no partner: nobody can say where an entry ends."""


def elements(milters: str) -> list[str]:
    """The entries of a list, as they are written; `${name}` and `$(name)` become `$name`. Raises Unbalanced.

    >>> elements("inet:a:1, { inet:b:2, default_action=accept } $more")
    ['inet:a:1', '{ inet:b:2, default_action=accept }', '$more']
    >>> elements("{ inet:a:1, { connect_timeout = 1s }, { command_timeout = 2s } }, ${more}")
    ['{ inet:a:1, { connect_timeout = 1s }, { command_timeout = 2s } }', '$more']
    >>> elements("${mode?{$a, $b}:{$c}} x")
    ['${mode?{$a, $b}:{$c}}', 'x']
    """
    return [entry for entry in _entries(_PLAIN_NAME.sub(r"$\1\2", milters)) if entry]


def _entries(text: str) -> Iterator[str]:
    entry, depth = "", 0
    for sign in text:
        if sign in _OPENING:
            depth += 1
        elif sign in _CLOSING:
            depth -= 1
            if depth < 0:
                raise Unbalanced(text)
        elif depth == 0 and (sign == "," or sign.isspace()):
            yield entry
            entry = ""
            continue
        entry += sign
    if depth:
        raise Unbalanced(text)
    yield entry


def without_ours(milters: str) -> list[str]:
    """The entries of a list but Zegel's."""
    return [entry for entry in elements(milters) if entry != OURS]


def with_ours(milters: str, signer: str) -> str:
    """The list with Zegel in front of the first signer, or in front of all when none is in it."""
    entries = without_ours(milters)
    places = [place for place, entry in enumerate(entries) if entry in elements(signer)]
    entries.insert(places[0] if places else 0, OURS)
    return ", ".join(entries)
