"""The tests that a DPO wrote under a rule, run whenever the file is read."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from zegel.message.base.found import File, Text, Unreadable
from zegel.message.text.normalise import folded
from zegel.policy.case import Case
from zegel.policy.language.section_reader import Reading
from zegel.policy.language.sections import Sample, Samples
from zegel.policy.rules import Rule
from zegel.policy.search.patterns import Patterns
from zegel.policy.search.scan import Scan
from zegel.yamlfile import Location


def try_rule(rule: Rule, tests: Any, patterns: Patterns, reading: Reading, at: Location) -> int:
    """Run the `tests` of `rule`, which stand at `at`; note each that fails. Returns how many there are."""
    reading.section(Samples, tests, at)
    count = 0
    for key in ("match", "no_match"):
        raw = tests.get(key) if isinstance(tests, dict) else None
        for place, written in enumerate(raw if isinstance(raw, list) else ()):
            here = (*at, key, place)
            count += 1
            sample = _sample(written, reading, here)
            if sample is None:
                continue
            fired = rule.fires(case_of(sample, patterns)) is not None
            if fired and key == "no_match":
                reading.problem(here, f"test failed: rule '{rule.id}' catches this; narrow it, or correct the test")
            elif not fired and key == "match":
                reading.problem(here, f"test failed: rule '{rule.id}' misses this; widen it, or correct the test")
    return count


def _sample(written: Any, reading: Reading, at: Location) -> Sample | None:
    if isinstance(written, str):
        return Sample(body=written)
    if isinstance(written, dict):
        return reading.section(Sample, written, at)
    reading.problem(at, f"'{written}' is not text here; put quotes around it, or write subject: and body:")
    return None


def samples_of(tests: Any) -> tuple[Sample, ...]:
    """The mails of `tests` that the rule has to catch; without those that are written wrong, when nobody tried them."""
    raw = tests.get("match") if isinstance(tests, dict) else None
    found = []
    for written in raw if isinstance(raw, list | tuple) else ():
        if isinstance(written, str):
            found.append(Sample(body=written))
        elif isinstance(written, dict):
            with suppress(ValidationError):
                found.append(Sample.model_validate(written))
    return tuple(found)


def case_of(sample: Sample, patterns: Patterns) -> Case:
    """The mail that a test describes."""
    texts = [
        Text("subject", "", folded(sample.subject)),
        Text("body", "1", folded(sample.body)),
        *(Text("headers", "", folded(f"{name}: {value}")) for name, value in sample.headers.items()),
    ]
    files, unreadable = [], []
    if sample.filename or sample.attachment or sample.type or sample.unreadable or sample.properties:
        texts.append(Text("filenames", "2", folded(sample.filename)))
        texts.append(Text("attachments", "2", folded(sample.attachment)))
        kind, properties = sample.type or "text/plain", tuple(sample.properties.items())
        files.append(File("2", sample.filename, kind, len(sample.attachment), properties))
    if sample.unreadable:
        unreadable.append(Unreadable("2", sample.filename, sample.unreadable))
    scan = Scan(patterns, [text for text in texts if text.data], files, unreadable)
    recipients = (sample.recipient,) if sample.recipient else ()
    headers = tuple((name.lower(), value) for name, value in sample.headers.items())
    size = sum(map(len, scan.data))
    return Case(scan, sample.sender, recipients, "", headers, size)
