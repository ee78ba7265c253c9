"""What was measured: figures with their baseline and target, as a table and as JSON."""

from __future__ import annotations

import json
import os
import platform
import re
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table


class Invalid(Exception):
    """A measurement measured something else than it says; its figures are worth nothing."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `value` is the median of `rounds`, in `unit`."""

    group: str
    name: str
    value: float
    unit: str
    rounds: tuple[float, ...] = ()
    ratio: float | None = None
    """`value` as a part of the baseline's in the same run."""
    baseline: str = ""
    target: str = ""
    ok: bool | None = None
    note: str = ""


def median(group: str, name: str, rounds: Sequence[float], unit: str, note: str = "") -> Figure:
    """The figure of some rounds."""
    return Figure(group, name, statistics.median(rounds), unit, tuple(rounds), note=note)


def against(
    figure: Figure, baseline: Figure, *, least: float | None = None, most: float | None = None, unit_limit: bool = False
) -> Figure:
    """`figure` with its ratio to `baseline`, which has the same rounds; the ratio is the median over the rounds.

    `least` and `most` are the target of the ratio, or of the value itself with `unit_limit`.
    """
    pairs = zip(figure.rounds, baseline.rounds, strict=True)
    ratio = statistics.median(one / other for one, other in pairs)
    compared = replace(figure, ratio=ratio, baseline=baseline.name)
    if unit_limit:
        return limited(compared, least=least, most=most)
    return _judged(compared, ratio, f"x {baseline.name}", least, most)


def limited(figure: Figure, *, least: float | None = None, most: float | None = None) -> Figure:
    """`figure` with a target of its own."""
    return _judged(figure, figure.value, figure.unit, least, most)


def _judged(figure: Figure, judged: float, unit: str, least: float | None, most: float | None) -> Figure:
    if least is not None:
        return replace(figure, target=f">= {least:g} {unit}", ok=judged >= least)
    if most is not None:
        return replace(figure, target=f"<= {most:g} {unit}", ok=judged <= most)
    return figure


@dataclass
class Report:
    """Everything that one run found."""

    figures: list[Figure] = field(default_factory=list)
    invalid: list[str] = field(default_factory=list)
    load: float = 0.0
    """The load of the machine when the run began."""

    @property
    def busy(self) -> bool:
        """Whether the machine did so much else that only the ratios mean something."""
        return self.load > (os.cpu_count() or 1) / 2

    def table(self) -> Table:
        table = Table(title="Zegel's measurements", title_justify="left", expand=False)
        table.add_column("what")
        table.add_column("median", justify="right")
        table.add_column("least - most", justify="right", style="dim")
        table.add_column("ratio", justify="right")
        table.add_column("target")
        table.add_column("", justify="center")
        group = ""
        for figure in self.figures:
            if figure.group != group:
                group = figure.group
                table.add_section()
                table.add_row(f"[bold]{group}")
            table.add_row(*_row(figure))
        return table

    def show(self, console: Console) -> None:
        console.print(self.table())
        if self.busy:
            console.print(f"The machine was busy when this began (load {self.load:.1f}): look at the ratios.")
        for problem in self.invalid:
            console.print(f"[red]invalid:[/] {problem}", highlight=False)

    def markdown(self) -> str:
        """The same as tables for docs/bench.md, one for each group."""
        caution = ", so only the ratios mean something" if self.busy else ""
        lines = [f"{_machine()}; load {self.load:.1f} before the run{caution}."]
        group = ""
        for figure in self.figures:
            if figure.group != group:
                group = figure.group
                lines += ["", f"**{group[:1].upper()}{group[1:]}**", "", _MARKDOWN_HEAD]
            name, value, spread, ratio, target, _ = _row(figure)
            name = re.sub(r"\[/?dim\]", "", name.strip())
            reached = {True: ", reached", False: ", not reached", None: ""}[figure.ok]
            lines.append(f"| {name} | {value} | {spread} | {ratio} | {target}{reached} |")
        lines += [f"\nInvalid: {problem}" for problem in self.invalid]
        return "\n".join(lines) + "\n"

    def json(self) -> str:
        machine = {
            "processors": os.cpu_count(),
            "load before": self.load,
            "system": f"{platform.system()} {platform.release()} {platform.machine()}",
            "python": platform.python_version(),
        }
        return json.dumps(
            {"machine": machine, "figures": [asdict(f) for f in self.figures], "invalid": self.invalid},
            indent=2,
            ensure_ascii=False,
        )

    def write(self, path: Path) -> None:
        path.write_text(self.json() + "\n", encoding="utf-8")


_MARKDOWN_HEAD = "| what | median | least - most | ratio | target |\n|---|---|---|---|---|"


def _machine() -> str:
    """What the figures were measured on, in words."""
    models = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE)
    cores = os.cpu_count() or 1
    model = f"{models[1]}, " if models else ""
    release = platform.release().partition("-")[0]
    return f"{model}{cores} cores, {platform.system()} {release}, Python {platform.python_version()}"


def _row(figure: Figure) -> tuple[str, str, str, str, str, str]:
    spread = f"{_number(min(figure.rounds))} - {_number(max(figure.rounds))}" if len(figure.rounds) > 1 else ""
    ratio = "" if figure.ratio is None else f"{_number(figure.ratio, '.2f')} x {figure.baseline}"
    mark = {True: "[green]ok", False: "[red]not", None: ""}[figure.ok]
    name = f"  {figure.name}" + (f" [dim]({figure.note})" if figure.note else "")
    return name, f"{_number(figure.value)} {figure.unit}", spread, ratio, figure.target, mark


def _number(value: float, small: str = ".3g") -> str:
    """Three digits that count.

    >>> _number(1234.5), _number(12.345), _number(0.01234), _number(0.01234, ".2f")
    ('1,234', '12.3', '0.0123', '0.01')
    """
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:{small}}" if value < 10 else f"{value:.1f}"
