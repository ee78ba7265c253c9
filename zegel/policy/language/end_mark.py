"""The marks at both ends of a file of rules, by which one that was cut short is known.

Most places at which rules.yaml can be cut leave a file that is in order and protects less, or nothing: a full disk, an
editor that ends or a copy that breaks off is enough. The mark at the top promises the mark at the end. It stands before
`version`, so that what is left of a file either has the promise still or is no policy any more.
"""

from __future__ import annotations

from zegel.yamlfile import Problem

BEGIN = "# begin of rules"
END = "# end of rules"


def marked(text: str) -> bool:
    """Whether a file promises its end."""
    return any(_same(line, BEGIN) for line in text.splitlines())


def cut_short(file: str, text: str) -> list[Problem]:
    """What to say when a file promises its end and does not have it."""
    lines = text.splitlines()
    if not marked(text) or any(_same(line, END) for line in lines):
        return []
    message = f"the file looks cut short: put it back from a copy; when all of it is there, make '{END}' its last line"
    return [Problem(file, len(lines), 1, message)]


def _same(line: str, mark: str) -> bool:
    """Comments at the left edge only: in a text of a rule or a test the words mean nothing."""
    return " ".join(line.removeprefix("\ufeff").casefold().split()) == mark and not line[:1].isspace()
