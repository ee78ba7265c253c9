"""What each command says of itself: man pages and completion are made from it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import click
import pytest

ROOT = Path(__file__).parents[3]


def commands(command: click.Command, path: str, parent: click.Context | None = None) -> Iterator[tuple[str, str]]:
    """Each command and what it says with --help."""
    context = click.Context(command, parent=parent, info_name=path.split()[-1])
    if isinstance(command, click.Group):
        for name, each in sorted(command.commands.items()):
            yield from commands(each, f"{path} {name}", context)
    else:
        yield path, command.get_help(context)


ALL = [
    each
    for entry in distribution("zegel").entry_points.select(group="console_scripts")
    for each in commands(entry.load(), entry.name)
]


@pytest.mark.parametrize(("command", "text"), ALL, ids=[name for name, _ in ALL])
def test_every_command_says_what_it_does_with_an_example(command: str, text: str) -> None:
    usage, _, rest = text.partition("\n\n")
    about, _, _ = rest.partition("\n\n")
    assert usage.startswith(f"Usage: {command}")
    assert len(about.split()) > 3 and not about.lstrip().startswith("Options:")
    examples = re.findall(r"Example: (.*)", text)
    assert len(examples) == 1
    assert command in examples[0]


def test_the_script_for_postfix_has_an_example_too() -> None:
    words = [sys.executable, str(ROOT / "postfix/zegel-postfix"), "--help"]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert "Example: zegel-postfix" in said
