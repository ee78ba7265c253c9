"""Text of format=flowed (RFC 3676) with its paragraphs whole again.

A line that ends in a blank goes on in the next one of the same quotation; with DelSp the blank was put there by the
program and goes. A blank in front was put there to keep what follows from being read as a quotation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_QUOTES = re.compile(r">*")
_SIGNATURE = "-- "


def is_flowed(parameters: Mapping[str, str]) -> bool:
    """Whether a text/plain with these parameters is flowed."""
    return parameters.get("format", "").strip().lower() == "flowed"


def unflowed(text: str, parameters: Mapping[str, str]) -> str:
    """`text`, a paragraph a line; what is quoted has a ">" for each level and a blank in front.

    >>> unflowed("> Kunt u \\n> morgen?\\nJa, \\nhoor.", {})
    '> Kunt u morgen?\\nJa, hoor.'
    >>> unflowed("http://a.example/b \\nc", {"delsp": "yes"})
    'http://a.example/bc'
    """
    delete_space = parameters.get("delsp", "").strip().lower() == "yes"
    paragraphs: list[tuple[int, list[str]]] = []
    flows = False
    for line in text.replace("\r\n", "\n").split("\n"):
        depth = len(_QUOTES.match(line)[0])  # type: ignore[index]
        content = line[depth:].removeprefix(" ")
        signs_off = content == _SIGNATURE
        if flows and not signs_off and paragraphs[-1][0] == depth:
            paragraphs[-1][1].append(content)
        else:
            paragraphs.append((depth, [content]))
        flows = content.endswith(" ") and not signs_off
        if flows and delete_space:
            paragraphs[-1][1][-1] = content[:-1]
    return "\n".join(_quoted(depth, "".join(pieces)) for depth, pieces in paragraphs)


def _quoted(depth: int, text: str) -> str:
    if depth:
        return f"{'>' * depth} {text}".rstrip(" ")
    return f" {text}" if text.startswith(">") else text
