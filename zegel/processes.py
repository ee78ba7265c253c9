"""What the three processes share when they start: arguments, logging, refusal of bad settings."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import NoReturn

import click

from zegel.settings import Settings, load_settings, settings_path
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


def describe(error: BaseException) -> str:
    """An error for the log: its kind and place, never its text, which may quote what nobody should read."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    number = f" ({error.strerror})" if isinstance(error, OSError) and error.strerror else ""
    return f"{type(error).__name__}{number}{place}"
