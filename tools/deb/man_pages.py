"""Writes a man page for each command, from what it says with --help; help2man(1) does the writing.

Usage: python man_pages.py FOLDER ZEGEL-POSTFIX
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import NamedTuple

import click

from zegel import __version__


class Page(NamedTuple):
    """A command by its words, what it does in a few of them, and what it says with --help."""

    name: str
    about: str
    text: str


def pages(command: click.Command, name: str, parent: click.Context | None = None) -> Iterator[Page]:
    """A command and all that are below it."""
    context = click.Context(command, parent=parent, info_name=name, terminal_width=80, max_content_width=80)
    about = " ".join((command.help or "").split("\n\n")[0].split()).partition(". ")[0].rstrip(".")
    yield Page(context.command_path, about, command.get_help(context))
    if isinstance(command, click.Group):
        for each, below in sorted(command.commands.items()):
            yield from pages(below, each, context)


def write(page: Page, folder: Path) -> None:
    """A file such as zegel-key-rotate.8. help2man runs a program; this one says what is known already."""
    with tempfile.TemporaryDirectory() as place:
        text, program = Path(place, "text"), Path(place, page.name.replace(" ", "-"))
        text.write_text(page.text + "\n", "utf-8")
        program.write_text(f"#!/bin/sh\ncat '{text}'\n", "utf-8")
        program.chmod(0o700)
        fixed = ["--section=8", "--no-info", f"--version-string={__version__}", f"--source=Zegel {__version__}"]
        fixed += ["--manual=Zegel", f"--name={page.about}", f"--output={folder / program.name}.8"]
        subprocess.run(["help2man", *fixed, str(program)], check=True)  # noqa: S603, S607 (words of our own)


def main(folder: Path, script: str) -> None:
    """All pages, into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for entry in distribution("zegel").entry_points.select(group="console_scripts"):
        for page in pages(entry.load(), entry.name):
            write(page, folder)
    said = subprocess.run([script, "--help"], capture_output=True, text=True, check=True).stdout  # noqa: S603 (ours)
    write(Page("zegel-postfix", "puts Zegel into Postfix, and takes it out again", said), folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
