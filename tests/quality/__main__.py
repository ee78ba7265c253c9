"""`make quality`: how well the rules find what is there, and where text is found.

Scores three sets apart: the corpus that the developers made, per detector and per shipped rule; the cases that people
wrote by hand; and a set made anew at each run, with the seeds printed, so that it can be made again:
`SEEDS="1 2 3"`. Then the table of hiding places. Exit status 1 when a figure is below that in docs/quality.md.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tests.corpus.mails import corpus
from tests.quality.cases import written
from tests.quality.corpus import CHECKSUMMED, LEAST_PRECISION, LEAST_RECALL, ROOT, Quality, Score, quality
from tests.quality.generated import generated
from tests.quality.judged import Figures, Outcome, judge, table
from tests.quality.targets import Target, targets
from zegel.message.reader import Reader
from zegel.policy.language.load import Rules, load_rules
from zegel.settings.model import Limits

SEEDS, SENSITIVE, HARMLESS = 3, 2_000, 4_000


def main() -> int:
    console = Console(width=None if sys.stdout.isatty() else 120)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading the corpus", total=sum(1 for _ in corpus()))
        measured = quality(lambda done: progress.update(task, completed=done))
    clean = f"{measured.mails} mails, {measured.clean} of them with nothing to protect"
    console.print(_scores(f"Detectors ({clean})", measured.detectors.values()))
    console.print(_scores("Rules that ship", measured.rules.values()))
    for name in measured.protected_clean:
        console.print(f"[red]protected without reason:[/] {name}", highlight=False)
    for score in (*measured.detectors.values(), *measured.rules.values()):
        for mail in score.wrong[:5]:
            console.print(f"  {score.name}, wrongly found in {mail}", highlight=False)
        for mail in score.missed[:5]:
            console.print(f"  {score.name}, missed in {mail}", highlight=False)
    least = targets()
    good = [_good(measured), _cases(console, least), _generated(console, least), _hiding_places(console)]
    return 0 if all(good) else 1


def _cases(console: Console, least: dict[str, Target]) -> bool:
    """The cases that people wrote; True when they reach what docs/quality.md says."""
    with _judging() as (rules, reader):
        figures = judge(rules, reader, (made for folder in ("offices", "cases") for made in written(folder)))
    console.print(table("Cases written by hand", figures, lambda o: [o.made.kind]))
    return _reached(console, "cases", figures, least)


def _generated(console: Console, least: dict[str, Target]) -> bool:
    """A set made anew for each seed; True when each reaches what docs/quality.md says."""
    chosen = os.environ.get("SEEDS", "").split()
    seeds = list(map(int, chosen)) or [secrets.randbelow(10**6) for _ in range(SEEDS)]
    reached = []
    for seed in seeds:
        with _judging() as (rules, reader), Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task(f"judging the set of seed {seed}", total=SENSITIVE + HARMLESS)
            figures = judge(rules, reader, generated(seed, SENSITIVE, HARMLESS), partial(progress.advance, task))
        for title, key in _KEYS.items():
            console.print(table(f"Generated, seed {seed}, by {title}", figures, key))
        reached.append(_reached(console, "generated", figures, least))
    return all(reached)


_KEYS: dict[str, Callable[[Outcome], Iterable[str]]] = {
    "category": lambda o: [o.made.kind],
    "format": lambda o: [o.made.format],
    "language": lambda o: [o.made.language],
    "rule": lambda o: o.rules or ["(none)"],
}


@contextmanager
def _judging() -> Iterator[tuple[Rules, Reader]]:
    reader = Reader(Limits(), 1)
    reader.start()
    try:
        yield load_rules(ROOT / "rules.yaml"), reader
    finally:
        reader.close()


def _reached(console: Console, name: str, figures: Figures, least: dict[str, Target]) -> bool:
    """Whether `figures` are as good as docs/quality.md promises; what was wrong is named."""
    for outcome in [o for o in figures.outcomes if o.missed or o.false_alarm][:20]:
        what = "missed" if outcome.missed else f"protected without reason by {', '.join(outcome.rules)}"
        console.print(f"  {outcome.made.name} ({outcome.made.kind}, {outcome.made.format}): {what}", highlight=False)
    target = least[name]
    good = target.met_by(figures)
    console.print(f"{name}: {target}: {'reached' if good else 'MISSED'}", highlight=False)
    return good


def _good(measured: Quality) -> bool:
    checked = [*(measured.detectors[name] for name in CHECKSUMMED), *measured.rules.values()]
    enough = all(s.recall >= LEAST_RECALL and s.precision >= LEAST_PRECISION for s in checked)
    return enough and not measured.protected_clean


def _scores(title: str, scores: Iterable[Score]) -> Table:
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
