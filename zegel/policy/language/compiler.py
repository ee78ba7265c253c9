"""The `when:` of a rule, from what a person wrote to a compiled condition, with every mistake at its place."""

from __future__ import annotations

from typing import Any

from zegel.mail.addresses import Addresses
from zegel.policy import conditions as c
from zegel.policy.case import Condition
from zegel.policy.detectors import DETECTORS, Confidence, Detector, standard_number
from zegel.policy.envelope import FromSender, ManyRecipients, ToRecipient
from zegel.policy.language import condition_sections as m
from zegel.policy.language.section_reader import Reading
from zegel.policy.language.word_lists import ListBook
from zegel.policy.near import Near, Nearby, NearSeveral
from zegel.policy.search.patterns import PatternError, PatternList, compilable, user_pattern
from zegel.policy.search.probes import DetectorProbe, PatternProbe, Probe, WordsProbe
from zegel.policy.search.words import WordList, fold
from zegel.yamlfile import Location, Strict, nearest

MAX_NESTING = 20
MODIFIERS = frozenset({"confidence", "in", "at_least", "per", "near"})


class Compiler:
    """Compiles conditions; what it cannot is noted in `reading`, and None comes back."""

    def __init__(self, reading: Reading, lists: ListBook, patterns: PatternList) -> None:
        self._reading = reading
        self._lists = lists
        self._patterns = patterns

    def condition(self, raw: Any, at: Location, depth: int = 0) -> Condition | None:
        """The condition that `raw`, at the place `at`, stands for."""
        kind = self._kind(raw, at)
        if kind is None:
            return None
        if depth > MAX_NESTING:
            self._reading.problem(at, f"more than {MAX_NESTING} conditions inside each other; make it simpler")
            return None
        if kind in ("sender", "recipient"):
            raw = {**raw, kind: self._lists.addresses(raw[kind])}
        section = self._reading.section(m.CONDITIONS[kind], raw, at)
        if kind in ("all", "any"):
            return self._several(kind, raw[kind], (*at, kind), depth)
        if kind == "several":
            return self._some(section, (*at, kind), depth) if isinstance(section, m.SeveralSection) else None
        if kind == "not":
            part = self.condition(raw[kind], (*at, kind), depth + 1)
            return c.Not(part) if part is not None else None
        return self._single(section, at) if section is not None else None

    def _kind(self, raw: Any, at: Location) -> str | None:
        """The key that says what kind of condition this is."""
        if isinstance(raw, list):
            self._reading.problem(at, "a list of conditions says too little; put 'all:' or 'any:' in front of it")
            return None
        if raw is None or raw == {}:
            self._reading.problem(at, "the condition is empty; write one, such as 'detector: bsn'", of_key=True)
            return None
        if not isinstance(raw, dict):
            self._reading.problem(at, f"'{raw}' is not a condition; write one, such as 'detector: bsn'")
            return None
        kinds = [key for key in raw if key in m.CONDITIONS]
        if len(kinds) == 1:
            return str(kinds[0])
        if kinds:
            both = f"'{kinds[0]}' and '{kinds[1]}' in one condition"
            message = f"{both}; put each under 'all:' or 'any:', or one in 'near:'"
            self._reading.problem((*at, kinds[1]), message, of_key=True)
            return None
        strangers = [key for key in raw if key not in MODIFIERS]
        if strangers:
            hint = nearest(strangers[0], m.CONDITIONS) or f"; it has to be one of: {', '.join(m.CONDITIONS)}"
            message = f"'{strangers[0]}' is not a kind of condition{hint}"
            self._reading.problem((*at, strangers[0]), message, of_key=True)
        else:
            message = f"this says how to look, but not for what; add one of: {', '.join(m.CONDITIONS)}"
            self._reading.problem((*at, next(iter(raw))), message, of_key=True)
        return None

    def _several(self, kind: str, raw: Any, at: Location, depth: int) -> Condition | None:
        if not isinstance(raw, list) or not raw:
            return None  # the section said so
        parts = [self.condition(part, (*at, place), depth + 1) for place, part in enumerate(raw)]
        good = tuple(part for part in parts if part is not None)
        if len(good) < len(parts):
            return None
        if kind == "any":
            return c.AnyOf(good)
        for place, part in enumerate(good):
            if isinstance(part, c.Not) and part.part in good:
                message = "this forbids what another line asks for, so it can never match; take one away"
                self._reading.problem((*at, place), message)
                return None
        return c.AllOf(good)

    def _some(self, section: m.SeveralSection, at: Location, depth: int) -> Condition | None:
        parts = [self.condition(part, (*at, place), depth + 1) for place, part in enumerate(section.several)]
        good = tuple(part for part in parts if part is not None)
        if len(good) < len(parts):
            return None
        if section.at_least > len(good):
            message = f"{section.at_least} conditions have to be met, but there are {len(good)}; ask for less"
            self._reading.problem((*at[:-1], "at_least") if "at_least" in section.model_fields_set else at, message)
            return None
        return c.SomeOf(good, section.at_least)

    def _single(self, section: Strict, at: Location) -> Condition | None:
        match section:
            case m.DetectorSection() | m.StdnumSection() | m.WordsSection() | m.PatternSection():
                return self._in_text(section, at)
            case m.FilenameSection():
                return c.FileName(tuple(map(fold, section.filename)), section.at_least)
            case m.FiletypeSection():
                return c.FileType(section.filetype, section.at_least)
            case m.UnreadableSection():
                return c.CannotBeRead(frozenset(section.unreadable))
            case m.HeaderSection():
                return c.HeaderField(section.header.name, tuple(map(fold, section.header.value)))
            case m.PropertySection():
                return c.FileProperty(fold(section.property.name), tuple(map(fold, section.property.value)))
            case m.SizeSection():
                return c.LargerThan(section.larger_than)
            case m.SenderSection():
                return FromSender(Addresses(section.sender))
            case m.RecipientSection():
                return ToRecipient(Addresses(section.recipient))
            case m.ManyRecipientsSection():
                return ManyRecipients(section.recipients_at_least)
        raise AssertionError(f"no condition for {type(section).__name__}")

    def _in_text(self, section: m.AnyInText, at: Location) -> Condition | None:
        near = self._near(section.near, (*at, "near")) if section.near is not None else None
        if section.near is not None and near is None:
            return None
        confidence = Confidence.SHAPE
        probe: Probe | None
        match section:
            case m.DetectorSection() | m.StdnumSection():
                probe = detector = self._recogniser(section, at)
                if detector is not None:
                    asked = section.confidence
                    confidence = Confidence[asked.upper()] if asked else detector.detector.confidence
            case m.WordsSection():
                probe = self._words(section.words, (*at, "words"), section.at_least)
            case m.PatternSection():
                probe = self._pattern(section.pattern, (*at, "pattern"))
        if probe is None:
            return None
        places = frozenset(section.in_ or c.PLACES)
        return c.InText(probe, places, confidence, section.at_least, section.per == "part", near)

    def _near(self, raw: Any, at: Location, depth: int = 0) -> Nearby | None:
        """One thing that has to be near; of a list all of them, of `any:` one of them."""
        alternatives = raw.get("any") if isinstance(raw, dict) and set(raw) == {"any"} else None
        several = raw if isinstance(raw, list) else alternatives
        if several is None or depth > MAX_NESTING:
            return self._one_near(raw, at)
        here = at if several is raw else (*at, "any")
        if not isinstance(several, list) or not several:
            self._reading.problem(here, "nothing has to be near; write one or more, as {words: [...], within: 60}")
            return None
        parts = [self._near(part, (*here, place), depth + 1) for place, part in enumerate(several)]
        good = tuple(part for part in parts if part is not None)
        return NearSeveral(good, every=several is raw) if len(good) == len(parts) else None

    def _one_near(self, raw: Any, at: Location) -> Near | None:
        section = self._reading.section(m.NearSection, raw, at)
        if section is None:
            return None
        probe: Probe | None
        if section.detector is not None:
            detector = self._detector(section.detector, (*at, "detector"))
            if detector is None:
                return None
            asked = section.confidence
            return Near(detector, section.within, Confidence[asked.upper()] if asked else detector.detector.confidence)
        if section.pattern is not None:
            probe = self._pattern(section.pattern, (*at, "pattern"))
        else:
            probe = self._words(section.words, (*at, "words"), 1)
        return Near(probe, section.within) if probe else None

    def _recogniser(self, section: m.DetectorSection | m.StdnumSection, at: Location) -> DetectorProbe | None:
        if isinstance(section, m.DetectorSection):
            return self._detector(section.detector, (*at, "detector"))
        return self._standard(section.stdnum, (*at, "stdnum"))

    def _standard(self, name: str, at: Location) -> DetectorProbe | None:
        try:
            detector = standard_number.standard_number(name)
        except KeyError:
            known = standard_number.names()
            hint = nearest(name, known) or "; write country and name, such as be.nn; docs/rules.md says where they are"
            self._reading.problem(at, f"there is no number '{name}'{hint}")
            return None
        return self._probe(detector)

    def _detector(self, name: str, at: Location) -> DetectorProbe | None:
        detector = DETECTORS.get(name)
        if detector is None:
            hint = nearest(name, DETECTORS) or f"; there are: {', '.join(DETECTORS)}"
            self._reading.problem(at, f"there is no detector '{name}'{hint}")
            return None
        return self._probe(detector)

    def _probe(self, detector: Detector) -> DetectorProbe:
        number = self._patterns.number(detector.shape, detector.evidence, apart=detector.apart, sign=detector.sign)
        return DetectorProbe(detector, number)

    def _words(self, written: Any, at: Location, at_least: int) -> WordsProbe | None:
        words: WordList | None = self._lists.words(written, at)
        if words is None:
            return None
        if at_least > len(words.entries):
            count = len(words.entries)
            message = f"{at_least} different words are asked for, but the list has {count}"
            self._reading.problem((*at[:-1], "at_least"), f"{message}, so this can never match; ask for less")
            return None
        if not compilable(words.source):
            self._reading.problem(at, "the list is too long to be searched; make it shorter")
            return None
        return WordsProbe(words, self._patterns.number(words.source, words=True))

    def _pattern(self, written: str, at: Location) -> PatternProbe | None:
        try:
            source = user_pattern(written)
        except PatternError as error:
            self._reading.problem(at, str(error))
            return None
        return PatternProbe(source, self._patterns.number(source))
