"""What each command says of itself: man pages and completion are made from it."""

from __future__ import annotations

import io
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import click
import pytest

ROOT = Path(__file__).parents[3]


def commands(
    command: click.Command, path: str, parent: click.Context | None = None
) -> Iterator[tuple[str, click.Context]]:
    """Each command, and a context in which it says what --help does."""
    context = click.Context(command, parent=parent, info_name=path.split()[-1])
    if isinstance(command, click.Group):
        for name, each in sorted(command.commands.items()):
            yield from commands(each, f"{path} {name}", context)
    else:
        yield path, context


ALL = [
    each
    for entry in distribution("zegel").entry_points.select(group="console_scripts")
    for each in commands(entry.load(), entry.name)
]


@pytest.mark.parametrize(("command", "context"), ALL, ids=[name for name, _ in ALL])
def test_every_command_says_what_it_does_with_an_example(command: str, context: click.Context) -> None:
    text = context.command.get_help(context)
    usage, _, rest = text.partition("\n\n")
    about, _, _ = rest.partition("\n\n")
    assert usage.startswith(f"Usage: {command}")
    assert len(about.split()) > 3 and not about.lstrip().startswith("Options:")
    examples = re.findall(r"Example: (.*)", text)
    assert len(examples) == 1
    assert command in examples[0]


@pytest.mark.parametrize(("command", "context"), ALL, ids=[name for name, _ in ALL])
def test_every_example_can_be_typed(
    command: str, context: click.Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its options, choices and arguments are there; the files that it names are made here first."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    example = re.findall(r"Example: (.*)", " ".join(context.command.get_help(context).split()))[0]
    typed = re.split(r"[>|&]", example.partition(command)[2])[0]
    words = shlex.split(typed)
    for word in (each for each in words if not each.startswith(("-", "/", "~", "postgresql:"))):
        (tmp_path / word).write_text("")
    try:
        context.command.make_context(command, [str(tmp_path) if each[0] in "/~" else each for each in words])
    except click.BadParameter as error:
        assert "does not exist" in error.message or "is a directory" in error.message, error.message
    except click.Abort:  # it asks whether you are sure
        assert "--yes" not in words


def test_the_script_for_postfix_has_an_example_too() -> None:
    words = [sys.executable, str(ROOT / "postfix/zegel-postfix"), "--help"]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert "Example: zegel-postfix" in said
