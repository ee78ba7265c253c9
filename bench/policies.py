"""How fast text is searched and judged: the shipped rules, many rules against few, and the engines side by side.

`python -m bench.policies` prints this part alone. The engine that is not used, hyperscan, takes part when it is
installed: `pip install hyperscan`. What came out and what was decided stands in docs/bench-engines.md.
"""

from __future__ import annotations

import importlib
import importlib.util
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import re2
from rich.console import Console

from bench import mails
from bench.figures import Figure, Report, against, limited, median
from demo.stack import CHECKOUT
from zegel.message.reader import Mail, Reader
from zegel.policy.language.load import load_rules
from zegel.policy.rules import Rules
from zegel.settings.model import Limits

GROUP: Final = "searching and judging, in process, one core"
ENGINES: Final = "engines on the patterns of the shipped rules, 1 MB of clean text"
FEW, MANY = 50, 500
TIMES_MOST, SPEED_LEAST = 2.0, 150.0
SIZES: Final = {"1 kB": 1_000, "20 kB": 20_000, "1 MB": mails.MEGABYTE}

Work = Callable[[], object]


def measure(rounds: int, said: Callable[[str], None]) -> Iterator[Figure]:
    """Everything in turn, each round once."""
    reader = Reader(Limits(), 1)
    read = {name: reader.read(mails.crlf(mails.text_mail(size))) for name, size in SIZES.items()}
    reader.close()
    shipped = load_rules(CHECKOUT / "rules.yaml")
    policies = {count: _policy(count) for count in (FEW, MANY)}
    works: dict[str, tuple[Work, int]] = {}
    data = [text.data for text in read["1 MB"].texts]
    works["search"] = (lambda: shipped.patterns.occurring(data), 20)
    works["judge"] = (_judging(shipped, read["1 MB"]), 20)
    for size, mail in read.items():
        for count, rules in policies.items():
            works[f"{count} rules, {size}"] = (_judging(rules, mail), 20 if size == "1 MB" else 300)
    engines = dict(_engines(shipped.patterns.sources, max(data, key=len)))
    seconds = _rounds({**works, **engines}, rounds, said)
    megabytes = sum(map(len, data)) / 1e6

    def speed(group: str, name: str, title: str) -> Figure:
        return median(group, title, [megabytes / each for each in seconds[name]], "MB/s")

    yield limited(speed(GROUP, "search", "search 1 MB for all patterns of the shipped rules"), least=SPEED_LEAST)
    yield speed(GROUP, "judge", "search and judge 1 MB, 600 numbers of eight digits in it")
    for size in SIZES:
        few, many = (
            median(GROUP, f"{count} rules, {size} of text", [x * 1e6 for x in seconds[f"{count} rules, {size}"]], "µs")
            for count in (FEW, MANY)
        )
        yield few
        yield against(many, few, most=TIMES_MOST)
    baseline: Figure | None = None
    for name in engines:
        figure = speed(ENGINES, name, name)
        yield against(figure, baseline) if baseline else figure
        baseline = baseline or figure


def _judging(rules: Rules, mail: Mail) -> Work:
    return lambda: rules.judge(mail, sender=mails.SENDER, recipients=[mails.RECIPIENT])


def _rounds(works: dict[str, tuple[Work, int]], rounds: int, said: Callable[[str], None]) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds + 1):
        said(f"policies, round {number} of {rounds}" if number else "policies, warming up")
        for name, (work, times) in works.items():
            found = []
            for _ in range(times):
                begin = time.thread_time()
                work()
                found.append(time.thread_time() - begin)
            if number:
                seconds[name].append(statistics.median(found))
    return seconds


def _policy(count: int) -> Rules:
    """Half patterns, half lists of ten words, none of which is in the text."""
    chance = random.Random(3)

    def word() -> str:
        syllables = range(chance.randrange(3, 6))
        return "".join(chance.choice("bcdfghjklmnprstvwz") + chance.choice("aeiou") for _ in syllables)

    lines = ["version: 1", "rules:"]
    for number in range(count):
        forms = (rf"{word()}[- ]?\d{{4,6}}", rf"\b{word()[:2]}\d{{6}}\b", rf"{word()} (nr|no)\.? ?[a-z]{{2}}\d+")
        pattern = chance.choice(forms)
        when = f"{{words: [{', '.join(word() for _ in range(10))}]}}" if number % 2 else f"{{pattern: '{pattern}'}}"
        lines.append(f"- {{id: r{number}, name: {{en: Rule}}, level: 1, when: {when}}}")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rules.yaml"
        file.write_text("\n".join(lines))
        return load_rules(file)


def _engines(sources: tuple[str, ...], text: bytes) -> Iterator[tuple[str, tuple[Work, int]]]:
    """Each engine with all patterns, asked which of them occur; hyperscan also says where."""
    options = re2.Options()
    options.never_capture, options.log_errors, options.max_mem = True, False, 64 << 20
    together = re2.Set.SearchSet(options)
    for source in sources:
        together.Add(source.encode())
    together.Compile()
    yield "re2.Set, which", (lambda: together.Match(text), 20)
    alone = [re2.compile(source.encode(), options) for source in sources]
    yield "re2, one by one, which", (lambda: [bool(one.search(text)) for one in alone], 5)
    if importlib.util.find_spec("hyperscan") is None:
        return
    engine = importlib.import_module("hyperscan")
    for name, flags in (("which", engine.HS_FLAG_SINGLEMATCH), ("with offsets", engine.HS_FLAG_SOM_LEFTMOST)):
        database = _database(engine, sources, flags)
        if database is not None:
            yield f"hyperscan, {name}", (partial(database.scan, text, match_event_handler=_seen), 20)


def _seen(*_: object) -> None:
    """Hyperscan calls this for each match."""


def _database(engine: Any, sources: tuple[str, ...], flags: int) -> Any:
    """All patterns compiled by hyperscan; None when it refuses one."""
    database = engine.Database()
    try:
        database.compile(
            expressions=[source.encode() for source in sources],
            ids=list(range(len(sources))),
            flags=[flags | engine.HS_FLAG_ALLOWEMPTY] * len(sources),
        )
    except engine.error as problem:
        print(f"hyperscan refuses the patterns: {problem}", file=sys.stderr)
        return None
    return database


if __name__ == "__main__":
    report = Report(figures=list(measure(5, lambda _: None)))
    report.show(Console() if sys.stdout.isatty() else Console(width=140))
