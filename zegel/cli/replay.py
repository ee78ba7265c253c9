"""`zegel rules replay`: what other rules would have done with the mail of the last days, or with samples."""

from __future__ import annotations

import json
import signal
import threading
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from zegel.cli.mail_files import count_in, mails_in
from zegel.cli.opened import opened_core
from zegel.core import Core
from zegel.message.reader import Reader
from zegel.policy.language.load import load_rules
from zegel.policy.rules import Rules
from zegel.replay import Replay, Replayed
from zegel.startup import CONFIG_OPTION
from zegel.yamlfile import FileProblems

_FILE = click.Path(dir_okay=False, path_type=Path)
_WORDS = {"left": "leave as they are", "level 1": "level 1", "level 2": "level 2", "refused": "refused"}


@click.command(epilog="Example: zegel rules replay new.yaml --days 7")
@CONFIG_OPTION
@click.option("--days", default=30.0, show_default=True, help="How far back.", type=click.FloatRange(min=0))
@click.option(
    "--mails", multiple=True, type=click.Path(exists=True, path_type=Path),
    help="Instead: a mail, folder, Maildir or mbox, held against the rules in force too.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option(
    "--workers", default=2, show_default=True, help="Processes that read documents.", type=click.IntRange(1, 64)
)
@click.argument("new", type=_FILE)
def replay(config: str | None, days: float, mails: tuple[Path, ...], as_json: bool, workers: int, new: Path) -> None:
    """What the rules in NEW would have done with the sealed mail of the last days.

    Originals are opened in memory and kept nowhere; counts, rules and numbers of messages are shown, nothing of what
    they say. Mail that left as it was is not kept, so what would be sealed more only --mails can tell. Ctrl-C ends it
    with what was found so far.
    """
    rules = _loaded(new)
    with opened_core(config) as core:
        result = _run(core, rules, days, mails, workers)
    if as_json:
        print(json.dumps(result.as_json(), ensure_ascii=False))
    else:
        _show(result)


def _run(core: Core, rules: Rules, days: float, mails: tuple[Path, ...], workers: int) -> Replayed:
    stop = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: stop.set())
    reader = Reader(core.settings.limits, workers, rules.reading)
    try:
        reader.start()
        with Progress(console=Console(stderr=True), transient=True) as shown:
            task = shown.add_task("replaying", total=None)

            def progress(result: Replayed) -> bool:
                shown.update(task, completed=result.seen, total=max(result.total, result.seen))
                return stop.is_set()

            again = Replay(reader, rules, progress)
            if mails:
                given = (mail for path in mails for mail in mails_in(path))
                return again.samples(given, sum(map(count_in, mails)), _loaded(core.settings.rules))
            return again.sealed(core, days)
    finally:
        reader.close()
        signal.signal(signal.SIGINT, before)


def _loaded(path: Path) -> Rules:
    try:
        return load_rules(path)
    except FileProblems as problems:
        raise click.ClickException(f"the rules have mistakes:\n{problems}") from None


def _show(result: Replayed) -> None:
    print(f"{result.seen} messages{', stopped before the end' if result.stopped else ''}")
    if result.gone or result.failed:
        print(f"{result.gone} have ended and cannot be opened; {result.failed} could not be read now")
    print(f"{result.unchanged} as before")
    for (old, new), count in result.changed.most_common():
        print(f"{count} {_WORDS[new]} instead of {_WORDS[old]}, such as {', '.join(result.examples[old, new][:3])}")
    names = sorted(result.before.keys() | result.after.keys(), key=lambda name: (-result.before[name], name))
    if names:
        table = Table("rule", box=None, pad_edge=False)
        table.add_column("before", justify="right")
        table.add_column("after", justify="right")
        for name in names:
            table.add_row(name, str(result.before[name]), str(result.after[name]))
        Console(width=120).print(table)
