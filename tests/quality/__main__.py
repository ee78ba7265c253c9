"""`make quality`: how well the rules find what is there, and where text is found.

Prints precision and recall on the corpus per detector and per rule that ships, and the table of hiding places. Exit
status 1 when a target is missed.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tests.corpus.mails import corpus
from tests.quality.corpus import CHECKSUMMED, LEAST_PRECISION, LEAST_RECALL, Quality, Score, quality


def main() -> int:
    console = Console(width=None if sys.stdout.isatty() else 120)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading the corpus", total=sum(1 for _ in corpus()))
        measured = quality(lambda done: progress.update(task, completed=done))
    clean = f"{measured.mails} mails, {measured.clean} of them with nothing to protect"
    console.print(_table(f"Detectors ({clean})", measured.detectors.values()))
    console.print(_table("Rules that ship", measured.rules.values()))
    for name in measured.protected_clean:
        console.print(f"[red]protected without reason:[/] {name}", highlight=False)
    for score in (*measured.detectors.values(), *measured.rules.values()):
        for mail in score.wrong[:5]:
            console.print(f"  {score.name}, wrongly found in {mail}", highlight=False)
        for mail in score.missed[:5]:
            console.print(f"  {score.name}, missed in {mail}", highlight=False)
    found_everywhere = _hiding_places(console)
    return 0 if _good(measured) and found_everywhere else 1


def _good(measured: Quality) -> bool:
    checked = [*(measured.detectors[name] for name in CHECKSUMMED), *measured.rules.values()]
    enough = all(s.recall >= LEAST_RECALL and s.precision >= LEAST_PRECISION for s in checked)
    return enough and not measured.protected_clean


def _table(title: str, scores: Iterable[Score]) -> Table:
    table = Table("", "precision", "recall", "found", "wrong", "missed", title=title, title_justify="left", box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for score in scores:
        some = score.right or score.wrong or score.missed
        shown = (f"{score.precision:.3f}", f"{score.recall:.3f}") if some else ("-", "-")
        table.add_row(score.name, *shown, str(score.right), str(len(score.wrong)), str(len(score.missed)))
    return table


def _hiding_places(console: Console) -> bool:
    """The matrix of formats, places and containers; True when its table has no row that says "not"."""
    if importlib.util.find_spec("tests.quality.hiding_places") is None:
        return True
    places = importlib.import_module("tests.quality.hiding_places")
    rows = [tuple(map(str, row)) for row in places.report()]
    table = Table(title="Hiding places", title_justify="left", box=None, show_header=False)
    for row in rows:
        table.add_row(*row)
    console.print(table)
    return not any("not" in row for row in rows)


if __name__ == "__main__":
    sys.exit(main())
