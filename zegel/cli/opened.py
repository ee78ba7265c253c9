"""The core for a command: opened, and closed again, with what refuses it said in a line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from zegel.core import Core, open_core
from zegel.errors import ForPeople, describe
from zegel.startup import settings_or_exit


@contextmanager
def opened_core(config: str | None) -> Iterator[Core]:
    """Raises ClickException with the cause and what to do when the storage does not open."""
    settings = settings_or_exit(config)
    try:
        core = open_core(settings)
    except ForPeople as problem:
        raise click.ClickException(str(problem)) from None
    except Exception as error:
        raise click.ClickException(f"cannot open the storage: {describe(error)}") from None
    try:
        yield core
    finally:
        core.close()
