"""`python -m bench`: all measurements, as a table and as JSON."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console

from bench import direct, formats, latency, memory, opening, readers, scanning, throughput
from bench.figures import Figure, Invalid, Report
from bench.parts import Parts, running
from demo.milter_client import MilterError
from demo.private_postfix import PostfixError
from demo.processes import StartError

WIDTH = 140
"""Columns of the table when it does not go to a terminal."""
MEASUREMENTS = ("scan", "documents", "throughput", "latency", "open", "readers", "memory", "direct")


@dataclass(frozen=True)
class Size:
    """How much is measured: many short rounds, so that whatever else the machine does hits all candidates."""

    rounds: int
    messages: int
    """Messages a round through Postfix."""
    offers: int
    """Messages a session to the milter, a round."""
    memory_rounds: int


FULL = Size(rounds=7, messages=600, offers=100, memory_rounds=3)
QUICK = Size(rounds=1, messages=200, offers=25, memory_rounds=1)


@click.command()
@click.option("--quick", is_flag=True, help="One short round of each: shows that it works, not how fast it is.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write them to this file.")
@click.option("--markdown", is_flag=True, help="Print the tables as they stand in docs/bench.md.")
@click.option("--only", type=click.Choice(MEASUREMENTS), multiple=True, help="Only this; may be given several times.")
def main(quick: bool, json_file: Path | None, markdown: bool, only: tuple[str, ...]) -> None:
    """Measure Zegel on this machine, with a Postfix of its own on loopback. Takes a few minutes.

    Figures below their target do not fail the run; a measurement that is not valid does.
    """
    size = QUICK if quick else FULL
    chosen = only or MEASUREMENTS
    report = Report(load=os.getloadavg()[0])
    console = Console(stderr=True)
    with console.status("starting") as status:

        def said(what: str) -> None:
            status.update(what)
            if not console.is_terminal:
                print(what, file=sys.stderr, flush=True)

        try:
            if "scan" in chosen:
                _collect(report, "scan", scanning.measure(max(3, size.rounds), said))
            if "documents" in chosen:
                _collect(report, "documents", formats.measure(max(3, size.rounds), said))
            if "direct" in chosen:
                _collect(report, "direct", direct.measure(size.rounds, size.messages // 2, said))
            if set(chosen) - {"scan", "documents", "direct"}:
                with _folder() as folder, running(folder) as parts:
                    for name, figures in _through_parts(parts, size, said):
                        if name in chosen:
                            said(name)
                            _collect(report, name, figures)
        except (StartError, PostfixError) as problem:
            report.invalid.append(str(problem))
    if markdown:
        print(report.markdown(), end="")
    else:
        report.show(Console() if sys.stdout.isatty() else Console(width=WIDTH))
    if json_file:
        report.write(json_file)
    raise SystemExit(1 if report.invalid else 0)


def _through_parts(parts: Parts, size: Size, said: Callable[[str], None]) -> Iterator[tuple[str, Iterable[Figure]]]:
    yield "throughput", throughput.measure(parts, size.rounds, size.messages, said)
    yield "latency", latency.measure(parts, size.rounds, size.offers, said)
    yield "open", opening.measure(parts, size.rounds, said)
    yield "readers", readers.measure(parts, size.rounds, said)
    yield "memory", memory.measure(parts, size.memory_rounds, said)


def _collect(report: Report, name: str, figures: Iterable[Figure]) -> None:
    """One measurement that fails does not take the others with it."""
    try:
        report.figures += figures
    except (Invalid, MilterError, StartError, OSError) as problem:
        report.invalid.append(f"{name}: {problem}")


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """A folder that Postfix's user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="zegel-bench-", dir="/var/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
