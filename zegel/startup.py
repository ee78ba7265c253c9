"""What the three processes share when they start: arguments, logging, refusal of bad settings."""

from __future__ import annotations

import logging
import sys
from typing import NoReturn

import click

from zegel.settings.model import Settings, load_settings, settings_path
from zegel.yamlfile import FileProblems

CONFIG_OPTION = click.option(
    "--config", type=click.Path(dir_okay=False), help="The settings file; ZEGEL_CONFIG, else /etc/zegel/zegel.yaml."
)


def start_logging() -> None:
    """Log lines on standard error, where systemd's journal takes them; it adds the time itself."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")


def settings_or_exit(config: str | None) -> Settings:
    """The settings, or an exit with status 78 (EX_CONFIG) after every mistake was printed."""
    try:
        return load_settings(settings_path(config))
    except FileProblems as problems:
        refuse(problems)


def refuse(problems: FileProblems) -> NoReturn:
    """Prints every mistake at its place and exits with status 78 (EX_CONFIG)."""
    for problem in problems.problems:
        print(problem, file=sys.stderr)
    raise SystemExit(78)
