"""Why a number was believed or not, as `zegel rules explain` says it."""

from __future__ import annotations

import pytest

from tests.unit.policy.policy_mail import RECIPIENT, SENDER, mail, policy, rule
from zegel.policy.believed import Reason, Why, in_words, reasons
from zegel.policy.language.load import Rules

DETECTORS = ("bsn", "card", "iban", "document-number", "national-id", "credential", "v-number", "mrz", "person")
WHY = [
    ("Mijn BSN is 111222333", Why.BEFORE, "BSN", 4),
    ("Mijn BSN van de hele familie is 111222333", Why.BEFORE, "BSN", 24),
    ("burgerservicenummer: 111222333", Why.BEFORE, "burgerservicenummer", 2),
    ("111222333 is mijn bsn", Why.AFTER, "bsn", 9),
    ("V-nummer 123.456.7890", Why.BEFORE, "V-nummer", 1),
    ("Passport no. C4X92KD71", Why.BEFORE, "Passport", 5),
    ("Rijksregisternr 84.06.19-266.97", Why.BEFORE, "Rijksregisternr", 1),
    ("naam;bsn\nJan;111222333", Why.HEAD, "bsn", 0),
    ("Naam   BSN\nJan   111222333", Why.HEAD, "BSN", 0),
    ("Jan;111222333;12-03-1980;Zeist", Why.ROW, "", 0),
    ("NL91 ABNA 0417 1643 00", Why.FORM, "", 0),
    ("4111 1111 1111 1111", Why.FORM, "", 0),
    ("wachtwoord: Zomer2024!", Why.FORM, "", 0),
    ("Hier is 111222333", Why.UNNAMED, "", 0),
    ("BSN 111222334", Why.DIGITS, "", 0),
    ("ordernummer 111222333", Why.OTHER_BEFORE, "ordernummer", 1),
    ("De BSN-koppeling is klaar; release 111222333", Why.OTHER_BEFORE, "release", 1),
    ("kosten \u20ac 111222333", Why.OTHER_BEFORE, "\u20ac", 1),
    ("PMID 111222333", Why.OTHER_BEFORE, "PMID", 1),
    ("Track & Trace: 4111111111111111", Why.OTHER_BEFORE, "Trace", 2),
    ("111222333@post.example", Why.OTHER_AFTER, "@", 0),
    ("naam;ordernr\nJan;111222333", Why.OTHER_HEAD, "ordernr", 0),
    (" ".join(f"{number}" for number in range(111222333, 111222353)), Why.CROWD, "", 0),
]  # fmt: skip


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    looked_for = "".join(rule(f"{{detector: {name}}}", name=name) for name in DETECTORS)
    return policy(tmp_path_factory.mktemp("rules"), f"rules:\n{looked_for}")


def asked(rules: Rules, body: str) -> tuple[Reason, ...]:
    return reasons(rules, rules.case(mail(body), sender=SENDER, recipients=(RECIPIENT,)))


@pytest.mark.parametrize(
    ("body", "why", "word", "signs"), WHY, ids=[f"{why}-{n}" for n, (_, why, *_) in enumerate(WHY)]
)
def test_what_decided_is_named(rules: Rules, body: str, why: Why, word: str, signs: int) -> None:
    found = [(one.why, one.word, one.signs) for one in asked(rules, body)]
    assert (why, word, signs) in found, found


def test_every_reason_has_a_sentence_and_an_example(rules: Rules) -> None:
    seen = {one.why for body, *_ in WHY for one in asked(rules, body)}
    assert seen >= set(Why) - {Why.BESIDE, Why.ABOVE, Why.OTHER_BESIDE}
    assert all(list(in_words([Reason("bsn", "body", "1", "", "1", why, "x", 1)])) for why in Why)


def test_a_form_says_it_in_the_cell_beside(rules: Rules) -> None:
    (beside,) = asked(rules, "Voornaam | Noa\nBSN | 111222333\nKlas | twee")
    assert (beside.why, beside.word) == (Why.BESIDE, "BSN")


def test_no_value_is_shown(rules: Rules) -> None:
    body = "BSN 111222333, wachtwoord: Zomer2024!, order 123456782 en 010000008x9 bij 123456782"
    said = "\n".join(in_words(asked(rules, body)))
    assert "111••••33" in said
    assert not any(value in said for value in ("111222333", "Zomer2024", "123456782"))


def test_a_long_list_is_cut_short(rules: Rules) -> None:
    assert len(asked(rules, "\n".join(["BSN 111222334", *(f"order {n} 111222333" for n in range(999))]))) <= 24


def test_numbers_without_words_and_people_are_not_listed(rules: Rules) -> None:
    assert asked(rules, "Bel 06-12345678 of mail mevrouw De Vries, 12-03-1980") == ()
