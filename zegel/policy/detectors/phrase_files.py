"""Phrases that ship: each line of phrases/*.txt is a pattern of whole words, put together from groups.

`name = a|b` gathers a group, once more it grows; `<name>` stands for it in what follows. `<gap>` is up to three other
words, `<near>` up to two. Texts are searched without accents, so phrases have none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).with_name("phrases")
_BETWEEN = {"gap": r"(?:[\w'-]+,? ){0,3}", "near": r"(?:[\w'-]+ ){0,2}"}


def pattern(*names: str) -> str:
    """The RE2 pattern for the phrases in these files; "complaint.*" are all files that begin so."""
    paths = [path for name in names for path in sorted(FOLDER.glob(f"{name}.txt"))]
    return rf"(?i)\b(?:{'|'.join(one for path in paths for one in _phrases(path.read_text('utf-8')))})"


def _phrases(text: str) -> Iterator[str]:
    groups = dict(_BETWEEN)
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        name, is_group, written = line.partition(" = ")
        filled = re.sub("<([a-z]+)>", lambda found: f"(?:{groups[found[1]]})", written or line)
        if is_group:
            groups[name] = f"{groups[name]}|{filled}" if name in groups else filled
        else:
            yield f"(?:{filled})" + ("" if filled.endswith("+") else r"\b")
