"""What ails somebody in everyday words, and what stands in a file about a patient: found, told from much else."""

from __future__ import annotations

import pytest
import re2

from zegel.message.text.normalise import normalise
from zegel.policy.detectors import DETECTORS, Confidence
from zegel.policy.detectors.base import Detector


def found(name: str, text: str) -> list[tuple[str, Confidence]]:
    """What a detector says of every place in `text` that has its shape."""
    detector, plain = DETECTORS[name], normalise(text)
    judged = [(m, detector.judge(plain[: m.start()], m[0], plain[m.end() :])) for m in _shape(detector).finditer(plain)]
    return [(one.value, one.confidence) for _, one in judged if one is not None]


def _shape(detector: Detector) -> re2._Regexp:
    return re2.compile(detector.shape)


SURE = {
    "clinical": (
        "Hb 5,9 en ferritine van 4",
        "kalium: 6.8 mmol/l",
        "RR 150/95, tensie was 160/100",
        "sat 84% op 5 liter, temp 38,6",
        "ramipril 1dd5, metformine 2 dd 500",
        "paracetamol 500 mg 1-0-1",
        "twee tabletten voor het slapen",
        "NYHA III, Gleason 3+4, HER2 3+",
        "cT2N0M0 en pT3 N1",
        "G2P1, 39+2 weken",
        "diagnose F32.1 volgens de ICD-10: F41.0",
        "Leukozyten: 14, Kreatinin 1,4 mg/dl",
        "BMI 43, IQ van 71",
    ),
    "complaint": (
        "haar linkerknie is al weken dik",
        "pijn in zijn schouder",
        "krijgt een nieuwe heup",
        "bloed bij de ontlasting",
        "hij heeft de hele nacht overgegeven",
        "zes kilo afgevallen",
        "de onderzoeker zag een knobbel in haar borst, een vlekje op de long",
        "zij snijdt zich in haar armen",
        "na een poging met tabletten",
        "hij hoort de laatste tijd stemmen",
        "werd als kind jarenlang misbruikt",
        "a broken wrist and blood in her urine",
        "he had another fall and took an overdose",
        "her stepdad hits her",
        "hat sich den Oberschenkel gebrochen",
        "Nele ritzt sich, sie wollte nicht mehr leben",
        "douleurs à la hanche, il est tombé du lit",
        "elle pense à mourir",
    ),
}
MAYBE = {
    "clinical": ("500 mg per stuk", "tweemaal: 2x per dag", "graad 3", "kenmerk A12.1"),
    "complaint": (
        "mijn tante eet niet",
        "de monteur ziet het niet meer zitten",
        "drinkt niet meer",
        "gevallen van de ladder",
    ),
}
NOTHING = {
    "clinical": ("versie 1-0-1", "route A12", "zaal 71 op 4 juni", "12+3 is 15", "het is 21 graden", "order 1dd-9"),
    "complaint": (
        "de deur is dik een meter breed",
        "de tafel is gebroken wit",
        "we eten samen, hij drinkt koffie",
        "het huis aan de weg is weer open",
        "the new release walks through the list",
        "Der Zug ist pünktlich",
        "le train est parti",
    ),
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in SURE.items() for text in texts])
def test_is_found_whatever_stands_between(name: str, text: str) -> None:
    assert Confidence.CONTEXT in {confidence for _, confidence in found(name, text)}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in MAYBE.items() for text in texts])
def test_is_no_more_than_possible_where_much_else_is_called_so(name: str, text: str) -> None:
    assert {confidence for _, confidence in found(name, text)} == {Confidence.VALID}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in NOTHING.items() for text in texts])
def test_is_not_found_in_other_texts(name: str, text: str) -> None:
    assert found(name, text) == []
