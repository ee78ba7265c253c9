"""What the processes share when they start: arguments, logging, refusal of bad settings."""

from __future__ import annotations

import sys
from typing import NoReturn

import click

from zegel.log_format import log_as
from zegel.message.base.sandbox import hide_from_neighbours
from zegel.settings.model import Settings, load_settings, settings_path
from zegel.settings.storage import MASTER_KEY
from zegel.yamlfile import FileProblems

CONFIG_OPTION = click.option(
    "--config", type=click.Path(dir_okay=False), help="The settings file; ZEGEL_CONFIG, else /etc/zegel/zegel.yaml."
)


def start_process() -> None:
    """Log to standard error, as text until the settings say otherwise; close this process's memory to others.

    The processes and what reads documents for them have one account: without this each of them could read the
    keys in the memory of another.
    """
    hide_from_neighbours()
    log_as("text")


def settings_or_exit(config: str | None, key: str = MASTER_KEY) -> Settings:
    """The settings, or an exit with status 78 (EX_CONFIG) after every mistake was printed.

    `key` is the key whose file is looked at too.
    """
    try:
        return load_settings(settings_path(config), key)
    except FileProblems as problems:
        refuse(problems)


def refuse(problems: FileProblems) -> NoReturn:
    """Prints every mistake at its place and exits with status 78 (EX_CONFIG)."""
    for problem in problems.problems:
        print(problem, file=sys.stderr)
    raise SystemExit(78)
