"""How fast mail is read and judged in process, against RE2 alone and Python's own mail parser."""

from __future__ import annotations

import email
import email.policy
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Final

import re2

from bench import mails, policies
from bench.figures import Figure, Invalid, against, limited, median
from demo.stack import CHECKOUT
from zegel.message.reader import Reader
from zegel.policy.language.load import load_rules
from zegel.settings.model import Limits

GROUP: Final = "reading and judging, in process, one core"
SPEED_LEAST, TIME_MOST = 150.0, 3.0
_PATTERNS: Final = (
    r"\b\d{9}\b", r"\b\d{4}[ .-]?\d{2}[ .-]?\d{3}\b", r"\b[a-z]{2}\d{2}[a-z0-9]{10,30}\b", r"\b(?:\d[ -]?){13,19}\b",
    r"bsn|burgerservicenummer|sofinummer", r"\b[a-z0-9._-]+@[a-z0-9.-]+\.[a-z]{2,}\b", r"\b\d{4} ?[a-z]{2}\b",
    r"p<[a-z]{3}[a-z<]{39}", *(rf"\b{word}\w*" for word in (
        "diagnose", "behandel", "patient", "medicatie", "huisarts", "verwijs", "opname", "depressie", "diabetes",
        "kanker", "allergie", "operatie", "ontslagbrief", "dossier", "symptom", "recept", "bloedwaarde", "infectie",
        "salaris", "loonstrook", "beoordeling", "verzuim", "contract", "vonnis", "dagvaarding", "aanklacht",
        "verdachte", "advocaat", "jeugdzorg", "voogdij", "uithuisplaatsing", "pleegouder", "schuld", "beslag",
        "wachtwoord", "geheim",
    )),
)  # fmt: skip
"""44 patterns such as a policy has, for RE2 alone."""


def measure(rounds: int, said: Callable[[str], None]) -> Iterator[Figure]:
    """Three things in turn: RE2, Python's parser, and ours with the shipped rules."""
    rules = load_rules(CHECKOUT / "rules.yaml")
    reader = Reader(Limits(), 1)
    patterns = _set()

    def ours(raw: bytes) -> None:
        verdict = rules.judge(reader.read(raw), sender=mails.SENDER, recipients=[mails.RECIPIENT])
        if verdict.level:
            raise Invalid(f"the clean mail of the bench is not clean: {verdict.rules}")

    def only_search(raw: bytes) -> None:
        patterns.Match(raw)

    large, small = mails.crlf(mails.text_mail(mails.MEGABYTE)), mails.crlf(mails.text_mail())
    speaking = mails.crlf(mails.text_mail(mails.MEGABYTE, secret=mails.NO_SECRET))
    alternative = mails.crlf(mails.alternative_mail())
    tried: dict[str, tuple[Callable[[bytes], None], bytes, int]] = {
        "re2.Set of 44 patterns, 1 MB text": (only_search, large, 20),
        "Python's email, 1 MB text": (_standard, large, 5),
        "Zegel, 1 MB text": (ours, large, 20),
        "Zegel, 1 MB text that speaks of BSN": (ours, speaking, 20),
        "Python's email, 20 kB text": (_standard, small, 50),
        "Zegel, 20 kB text": (ours, small, 200),
        "Python's email, 20 kB text and HTML": (_standard, alternative, 50),
        "Zegel, 20 kB text and HTML": (ours, alternative, 200),
    }
    seconds: dict[str, list[float]] = {name: [] for name in tried}
    for name, (work, raw, _) in tried.items():
        said(f"warming up: {name}")
        work(raw)
    for number in range(rounds):
        said(f"round {number + 1} of {rounds}")
        for name, (work, raw, times) in tried.items():
            seconds[name].append(_median_seconds(work, raw, times))
    reader.close()
    yield from _figures(seconds, len(large) / 1e6)
    yield from policies.measure(rounds, said)


def _figures(seconds: dict[str, list[float]], megabytes: float) -> Iterator[Figure]:
    def speed(name: str) -> Figure:
        return median(GROUP, name, [megabytes / each for each in seconds[name]], "MB/s")

    def span(name: str) -> Figure:
        return median(GROUP, name, [each * 1000 for each in seconds[name]], "ms")

    alone, standard = speed("re2.Set of 44 patterns, 1 MB text"), speed("Python's email, 1 MB text")
    yield alone
    yield standard
    yield limited(against(speed("Zegel, 1 MB text"), alone), least=SPEED_LEAST)
    yield against(speed("Zegel, 1 MB text that speaks of BSN"), alone)
    for kind in ("20 kB text", "20 kB text and HTML"):
        parser = span(f"Python's email, {kind}")
        yield parser
        yield limited(against(span(f"Zegel, {kind}"), parser), most=TIME_MOST)


def _median_seconds(work: Callable[[bytes], None], raw: bytes, times: int) -> float:
    """Of processor time: what else the machine does is not counted."""
    found = []
    for _ in range(times):
        begin = time.thread_time()
        work(raw)
        found.append(time.thread_time() - begin)
    return statistics.median(found)


def _standard(raw: bytes) -> None:
    """What the standard library needs to give the text of a mail."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    for part in message.walk():
        if part.get_content_maintype() == "text":
            part.get_content()


def _set() -> re2.Set:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    made = re2.Set.SearchSet(options)
    for pattern in _PATTERNS:
        made.Add(pattern)
    made.Compile()
    return made
