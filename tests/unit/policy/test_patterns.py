"""All patterns in one pass, and that nothing is lost by it."""

from __future__ import annotations

import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from zegel.message.text.normalise import normalise
from zegel.policy.detectors import DETECTORS, Confidence
from zegel.policy.search.patterns import JOIN_BELOW, PatternList, Patterns
from zegel.policy.search.probes import DetectorProbe
from zegel.policy.search.words import SHIPPED, WordList, entry, literal, read_lines, shipped_names

SOURCES = (r"(?i)\bapollo\b", r"\d{4}", r"(?i)[a-z]+@[a-z]+", *(detector.shape for detector in DETECTORS.values()))

ALL = Patterns(SOURCES)


def test_what_occurs_is_told_per_text() -> None:
    patterns = Patterns(SOURCES)
    long = b"x" * JOIN_BELOW + b" apollo"
    assert patterns.occurring([b"niets", long, b"1234"])[0] == [1]
    assert patterns.occurring([]) == {}
    assert Patterns([]).occurring([b"x"]) == {}


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(alphabet="apolAPOL0123 .-\n@BSNbsn<é\0", max_size=60), max_size=6))
def test_no_pattern_that_occurs_is_left_out(texts: list[str]) -> None:
    patterns = ALL
    data = [text.encode() for text in texts]
    occurring = patterns.occurring(data)
    for number in range(len(SOURCES)):
        for index, text in enumerate(data):
            if any(True for _ in patterns.spans(number, text)):
                assert index in occurring[number]


def test_too_many_patterns_for_one_automaton_are_searched_in_several() -> None:
    sources = [rf"(?i)dossier{n}[a-z]{{20}}x" for n in range(200)]
    patterns = Patterns(sources, memory=400_000)
    assert len(patterns._sets) > 1
    text = b"een dossier150" + b"q" * 20 + b"x en meer"
    assert 150 in patterns.occurring([text])


def test_lists_of_words_have_an_automaton_of_their_own_and_nothing_is_lost() -> None:
    patterns = PatternList()
    words = [patterns.number(rf"(?i)\b(?:{word}|{word}en)\b", words=True) for word in ("apollo", "dossier")]
    rest = [patterns.number(r"\d{4}"), patterns.number(r"[a-z]+@[a-z]+", r"\d{4}")]
    together = patterns.compiled()
    assert [list(indexes) for _, indexes in together._sets] == [words, rest]
    texts = (b"dossiers", b"apollo 1234 jan@post", b"dossier 1234")
    found = together.occurring([text + b" z" * JOIN_BELOW for text in texts])
    assert found == {words[0]: [1], words[1]: [2], rest[0]: [1, 2], rest[1]: [1]}


class Blind:
    """A set whose automaton ran out of memory: it sees nothing, and says nothing."""

    def Match(self, text: bytes) -> None:  # noqa: N802
        return None


def test_a_set_that_goes_blind_is_not_believed() -> None:
    patterns = Patterns(SOURCES)
    patterns._sets = tuple((Blind(), indexes) for _, indexes in patterns._sets)
    assert set(patterns.occurring([b"apollo"])) == set(range(len(SOURCES)))


def test_a_pattern_without_its_evidence_counts_as_absent_in_that_text() -> None:
    patterns = PatternList()
    number = patterns.number(r"\d{4}", "label")
    ready = patterns.compiled()
    long = b"x" * JOIN_BELOW
    assert ready.occurring([long + b" 1234", long + b" 1234 label", long + b" label"])[number] == [1]
    ready._sets = tuple((Blind(), indexes) for _, indexes in ready._sets)
    assert ready.occurring([b"1234"])[number] == [0]


_LABELS = (
    "BSN", "b.s.n.", "burgerservicenummer", "burger-service-nr", "Burger  service  nr", "sofi", "sofinummer",
    "Citizen's service number", "citizen service  nr", "social  security no", "national identification number",
    "persoonsgebonden  nummer", "bsn\n", "BSN;Naam\n", "Naam | BSN\n", "Naam  BSN\n", "nummer", "order", "factuur",
)  # fmt: skip
_NUMBERS = ("111222333", "10000008", "111 222 333", "1112.22.333", "111-22-2333", "11 12 22 33 3", "010000008",
            "123456789", "1112 22333", "1 1 1 2 2 2 3 3 3", "1000 0008", "111\u00a0222\u00a0333")  # fmt: skip


@pytest.mark.slow
@settings(max_examples=1500, deadline=None)
@given(st.lists(st.sampled_from([*_LABELS, *_NUMBERS, *_NUMBERS, " ", "  ", "\n", ": ", ";", " is ", "|"]), max_size=9))
def test_where_a_detector_finds_something_its_evidence_stands(pieces: list[str]) -> None:
    data = normalise("".join(pieces)).encode()
    for detector in DETECTORS.values():
        if detector.evidence:
            found = DetectorProbe(detector, 0).find(Patterns([detector.shape]), data)
            if any(finding.confidence is not Confidence.SHAPE for finding in found):
                assert re2.search(detector.evidence.encode(), data)


def test_next_span_sees_what_stands_before_its_start() -> None:
    patterns = Patterns([r"\b\d{3}\b"])
    assert patterns.next_span(0, b"1234 567", 1) == (5, 8)
    assert patterns.next_span(0, b"1234 567", 6) is None


def test_activation_words_are_literal() -> None:
    patterns = Patterns([literal("[veilig*]"), literal("zeer veilig")])
    assert list(patterns.spans(0, b"[Veilig*]")) == [(0, 9)]
    assert list(patterns.spans(0, b"[veiligheid]")) == []
    assert list(patterns.spans(1, b"zeer veiligheid")) == []


def test_the_longest_entry_wins_at_a_place() -> None:
    words = WordList("", ("diabetes", "diabetes type 2", "diabet*"))
    patterns = Patterns([words.source])
    assert list(patterns.spans(0, b"diabetes type 2")) == [(0, 15)]
    assert [words.entry_of(w) for w in ("Diabetes Type 2", "diabetes", "diabetica")] == [
        "diabetes type 2", "diabetes", "diabet*",
    ]  # fmt: skip


def test_the_lists_that_ship_are_well_formed() -> None:
    languages = {
        "medical": "de en fr nl",
        "patient": "de en fr nl",
        "individual": "de en fr nl",
        "firstnames": "nl words world",
        "medicines": "inn",
        "pupilcare": "de en fr nl",
        "diagnoses": "de en fr nl",
        "youthcare": "de en fr nl",
        "debts": "de en fr nl",
        "findings": "nl",
        "illnesses": "de en fr nl",
        "care": "de en fr nl",
        "surnameprefixes": "nl",
        "socialcare": "de en fr nl",
    }
    both = dict.fromkeys(("legal", "personnel", "special"), "en nl")
    named = {f"{name}.{language}" for name, all_ in (languages | both).items() for language in all_.split()}
    assert set(shipped_names()) == named | {"freemail", "announcement", "business", "child", "software"}
    for name in shipped_names():
        lines = [written for _, written in read_lines((SHIPPED / f"{name}.txt").read_text(encoding="utf-8"))]
        entries = [entry(line) for line in lines]
        assert len(entries) >= 15
        assert len(set(entries)) == len(entries)
        for one in entries:
            stem = next((s for s in entries if s.endswith("*") and s != one and one.startswith(s[:-1])), None)
            assert stem is None, f"{one} is in {stem} already"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("de bron is postgres://app:9sXk2Lq8vT@db01 en verder", "9sXk2Lq8vT"),
        ("zie\nftps+x.y://beheer:Geheim1!Lang@ftp.kliniek.nl/map", "Geheim1!Lang"),
        ("amqp://jan:abcD3fgh1x@mq01:5672", "abcD3fgh1x"),
        ("een-heel-lange-naam-van-iets-https://u:Abcdefg1234@h.nl", "Abcdefg1234"),
        ("wachtwoord: Zomer2024!", "Zomer2024!"),
    ],
)
@pytest.mark.parametrize("length", [0, JOIN_BELOW])
def test_a_password_in_an_address_is_found_though_its_shape_is_searched_apart(
    text: str, value: str, length: int
) -> None:
    numbers, detector = PatternList(), DETECTORS["credential"]
    number = numbers.number(detector.shape, detector.evidence, apart=detector.apart, sign=detector.sign)
    patterns = numbers.compiled()
    data = [b"niets", b"x " * length + text.encode()]
    assert detector.apart and 1 in patterns.occurring(data)[number]
    assert [found.value for found in DetectorProbe(detector, number).find(patterns, data[1])] == [value]
