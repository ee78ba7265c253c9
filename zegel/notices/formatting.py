"""Typed text as paragraphs, lists and links: the simple formatting that people use without knowing a name for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_LINK = re.compile(r"https?://[^\s<>\"'\\^`{|}]{1,2000}", re.IGNORECASE)
_ITEM = re.compile(r"^[ \t]{0,3}[-*•][ \t]+(?=\S)")
_AFTER_LINKS = ".,;:!?)]"
"""What ends a sentence, and no address."""


@dataclass(frozen=True, slots=True)
class Run:
    """Some words in a line; a link when `link` says where to."""

    text: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph with its lines, or a list with its items."""

    kind: Literal["text", "list"]
    lines: tuple[tuple[Run, ...], ...]


def blocks(text: str) -> tuple[Block, ...]:
    """`text` in paragraphs, which an empty line ends, and lists, of which each line begins with "- " or "* ".

    >>> [(block.kind, len(block.lines)) for block in blocks("Dag Anna,\\n\\nTwee vragen:\\n- een\\n- twee\\nGroet")]
    [('text', 1), ('text', 1), ('list', 2), ('text', 1)]
    """
    found: list[Block] = []
    kind: Literal["text", "list"] = "text"
    lines: list[tuple[Run, ...]] = []
    for line in [*text.split("\n"), ""]:
        item = _ITEM.match(line)
        now: Literal["text", "list"] = "list" if item else "text"
        if lines and (now != kind or not line.strip()):
            found.append(Block(kind, tuple(lines)))
            lines = []
        if line.strip():
            kind = now
            lines.append(_runs(line[item.end() :] if item else line.strip()))
    return tuple(found)


def _runs(line: str) -> tuple[Run, ...]:
    found: list[Run] = []
    position = 0
    for match in _LINK.finditer(line):
        link = match[0].rstrip(_AFTER_LINKS)
        found += [Run(line[position : match.start()]), Run(link, link)]
        position = match.start() + len(link)
    return tuple(run for run in (*found, Run(line[position:])) if run.text)
