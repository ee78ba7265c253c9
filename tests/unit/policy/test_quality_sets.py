"""The cases by hand and the generated set: what they hold, and that the shipped rules judge them well."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.quality.cases import written
from tests.quality.generated import LANGUAGES, generated, grammar
from tests.quality.judged import Figures, judge
from tests.quality.targets import targets
from tests.support.shipped import shipped_rules
from zegel.message.reader import Reader
from zegel.policy.language.load import Rules
from zegel.settings.model import Limits

SEED = 20261127


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    reader = Reader(Limits(), 1)
    yield reader
    reader.close()


@pytest.fixture(scope="module")
def shipped() -> Rules:
    return shipped_rules()


def wrong(figures: Figures) -> list[str]:
    return [f"{o.made.name} {o.made.kind}: {o.level}" for o in figures.outcomes if o.level != o.made.level]


def test_the_page_names_what_has_to_be_reached() -> None:
    assert set(targets()) == {"cases", "generated"}
    assert all(target.recall >= 0.97 and target.precision >= 0.98 for target in targets().values())


def test_the_cases_are_many_of_both_kinds() -> None:
    offices = list(written("offices"))
    assert sum(made.level > 0 for made in offices) >= 60
    assert sum(made.level == 0 for made in offices) >= 100


@pytest.mark.slow
def test_the_cases_reach_what_the_page_says(shipped: Rules, reader: Reader) -> None:
    figures = judge(shipped, reader, (made for folder in ("offices", "cases") for made in written(folder)))
    assert targets()["cases"].met_by(figures), wrong(figures)


def test_a_seed_gives_the_same_mails_and_another_seed_others() -> None:
    first, again, other = (list(generated(seed, 40, 80)) for seed in (1, 1, 2))
    assert [made.name for made in first] == [made.name for made in again]
    assert len({made.raw for made in first} & {made.raw for made in other}) < 5
    assert sum(made.level > 0 for made in first) == 40
    assert len(first) == 120


def test_every_kind_of_a_grammar_has_a_twin() -> None:
    for language in LANGUAGES:
        assert all("[[" in block.body for block in grammar(language).sensitive)
        assert not any("[[" in block.body for block in grammar(language).harmless)


@pytest.mark.slow
def test_a_generated_set_reaches_what_the_page_says(shipped: Rules, reader: Reader) -> None:
    figures = judge(shipped, reader, generated(SEED, 150, 300))
    assert targets()["generated"].met_by(figures), wrong(figures)
