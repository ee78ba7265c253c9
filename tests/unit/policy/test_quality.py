"""What the corpus has to show: enough is found, little too much, and nothing of clean mail is protected."""

from __future__ import annotations

import pytest

from tests.corpus.mails import corpus, templates
from tests.quality.corpus import CHECKSUMMED, LEAST_PRECISION, LEAST_RECALL, Quality, quality


@pytest.fixture(scope="module")
def measured() -> Quality:
    return quality()


def test_the_corpus_is_large_and_varied_and_the_same_each_time() -> None:
    mails = list(corpus())
    assert len(mails) >= 400
    assert len(templates()) >= 55
    assert {template.language for template in templates()} == {"nl", "en"}
    assert len({mail.raw for mail in mails}) == len(mails)
    assert [mail.raw for mail in corpus()] == [mail.raw for mail in mails]


@pytest.mark.slow
@pytest.mark.parametrize("name", CHECKSUMMED)
def test_checksummed_numbers_are_found_and_others_left_alone(measured: Quality, name: str) -> None:
    score = measured.detectors[name]
    assert score.right >= 15
    assert score.recall >= LEAST_RECALL, score.missed
    assert score.precision >= LEAST_PRECISION, score.wrong


@pytest.mark.slow
def test_the_other_detectors_do_well_too(measured: Quality) -> None:
    for score in measured.detectors.values():
        assert score.recall >= 0.95, score.missed
        assert score.precision >= 0.95, score.wrong


@pytest.mark.slow
def test_every_shipped_rule_fires_where_it_has_to_and_nowhere_else(measured: Quality) -> None:
    assert {"bsn", "bsn-and-health", "passport", "payment-card"} <= set(measured.rules)
    in_corpus = {rule for mail in corpus() for rule in mail.rules}
    assert len(in_corpus) >= 12
    for score in (measured.rules[name] for name in in_corpus):
        assert score.right >= 7
        assert score.recall >= LEAST_RECALL, score.missed
        assert score.precision >= LEAST_PRECISION, score.wrong


@pytest.mark.slow
def test_no_clean_mail_is_protected(measured: Quality) -> None:
    assert measured.clean >= 200
    assert measured.protected_clean == ()
