"""Sets of mails judged by the shipped rules: recall, precision and right levels, by category."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rich.table import Table

from tests.quality.cases import Made
from zegel.message.reader import Reader
from zegel.policy.rules import Rules

SENDER, RECIPIENT = "anna@kliniek.example", "jan@post.example"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rules did with a mail."""

    made: Made
    level: int
    rules: tuple[str, ...]

    @property
    def missed(self) -> bool:
        return self.made.level > 0 and self.level == 0

    @property
    def false_alarm(self) -> bool:
        return self.made.level == 0 and self.level > 0


@dataclass(frozen=True, slots=True)
class Figures:
    """How well a set of mails was judged."""

    outcomes: Sequence[Outcome]

    @property
    def recall(self) -> float:
        """Of the sensitive mails, those that were protected."""
        return _share([not o.missed for o in self.outcomes if o.made.level])

    @property
    def precision(self) -> float:
        """Of the protected mails, those that are sensitive."""
        return _share([not o.false_alarm for o in self.outcomes if o.level])

    @property
    def level_right(self) -> float:
        """Of the sensitive mails that were protected, those that got exactly their level."""
        return _share([o.level == o.made.level for o in self.outcomes if o.made.level and o.level])


def _share(good: Sequence[bool]) -> float:
    return sum(good) / len(good) if good else 1.0


def judge(rules: Rules, reader: Reader, mails: Iterable[Made], said: Callable[[], object] = lambda: None) -> Figures:
    """Every mail read and judged as one from inside to somebody outside."""
    outcomes = []
    for made in mails:
        verdict = rules.judge(reader.read(made.raw), sender=SENDER, recipients=[RECIPIENT])
        outcomes.append(Outcome(made, verdict.level, verdict.rules))
        said()
    return Figures(outcomes)


def table(title: str, figures: Figures, key: Callable[[Outcome], Iterable[str]]) -> Table:
    """The figures per value of `key`."""
    shown = Table("", "sensitive", "missed", "harmless", "false", "recall", "precision", "level right", title=title,
                  title_justify="left", box=None)  # fmt: skip
    for column in shown.columns[1:]:
        column.justify = "right"
    groups: dict[str, list[Outcome]] = {}
    for outcome in figures.outcomes:
        for name in key(outcome):
            groups.setdefault(name, []).append(outcome)
    for name, outcomes in [*sorted(groups.items()), ("all", list(figures.outcomes))]:
        part = Figures(outcomes)
        sensitive = [o for o in outcomes if o.made.level]
        shown.add_row(
            name, str(len(sensitive)), str(sum(o.missed for o in outcomes)), str(len(outcomes) - len(sensitive)),
            str(sum(o.false_alarm for o in outcomes)), f"{part.recall:.3f}", f"{part.precision:.3f}",
            f"{part.level_right:.3f}",
        )  # fmt: skip
    return shown
