"""What a verdict says about findings, and that very many numbers take no time."""

from __future__ import annotations

import random
import time
from operator import mul
from pathlib import Path

import pytest

from tests.support.shipped import shipped_rules
from tests.unit.policy.policy_mail import mail, policy
from tests.unit.policy.test_verdict import RULES, SECRET, SLOWER, judge
from zegel.policy.language.load import Rules
from zegel.policy.verdict import masked


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    return policy(tmp_path_factory.mktemp("policy"), RULES)


def test_matches_are_gathered_per_place_and_count_distinct_values(rules: Rules) -> None:
    verdict = judge(rules, mail("BSN 111222333, 111.222.333, 123456782", attachments={"a.txt": SECRET}))
    assert [(m.detector, m.where, m.part, m.sample, m.count, m.level) for m in verdict.matches] == [
        ("bsn", "body", "1", "111••••33", 2, 1),
        ("bsn", "attachments", "2:inside.txt", "111••••33", 1, 1),
    ]


@pytest.mark.parametrize("value", [*("1" * n for n in range(1, 12)), "x" * 100, "a b\nc d"])
def test_a_sample_never_shows_more_than_five_signs_nor_more_than_half(value: str) -> None:
    shown = masked(value).replace("•", "")
    assert len(shown) <= min(5, (len(" ".join(value.split())) + 1) // 2)
    assert "•" in masked(value)


def test_no_verdict_holds_a_whole_value(rules: Rules) -> None:
    it = mail("BSN 111222333, rekening BE68539007547034, geheim", attachments={"lijst-123456782.txt": "BSN 123456782"})
    text = repr(judge(rules, it))
    for value in ("111222333", "BE68539007547034", "123456782", "geheim"):
        assert value not in text


def bsn_from(number: int) -> str:
    """The number of somebody, another for each `number`: eight digits, and the ninth that makes it right."""
    while True:
        digits = str(12_000_000 + 7 * number)
        last = sum(map(mul, (9, 8, 7, 6, 5, 4, 3, 2), map(int, digits))) % 11
        if last < 10:
            return f"{digits}{last}"
        number += 10_000_000


@pytest.mark.slow
def test_half_a_million_numbers_are_judged_in_no_time(tmp_path: Path) -> None:
    rules = shipped_rules()
    chance = random.Random(1)
    orders = "".join(f"{chance.randrange(10**8, 10**9)};artikel {n % 899 + 100}\n" for n in range(400_000))
    persons = "naam;bsn\n" + "".join(f"patient {n % 999};{bsn_from(n)};diabetes\n" for n in range(400_000))
    cards = "".join(f"4{chance.randrange(10**14, 10**15)};artikel {n}\n" for n in range(400_000))
    for text, level in ((orders, 0), (persons, 1), (cards, 0)):
        it = mail("Zie bijlage", attachments={"lijst.csv": text})
        begin = time.thread_time()
        assert judge(rules, it).level == level
        assert time.thread_time() - begin < 0.7 * SLOWER


@pytest.mark.slow
def test_thousands_of_files_full_of_numbers_are_judged_in_bounded_time() -> None:
    rules = shipped_rules()
    lists = {f"{n}.csv": "\n".join(bsn_from(1000 * n + k) for k in range(200)) for n in range(1_000)}
    it = mail("Zie bijlage", attachments=lists)
    begin = time.thread_time()
    assert judge(rules, it).level == 1
    assert time.thread_time() - begin < 2 * SLOWER


def test_a_labelled_number_is_found_after_very_many_others(rules: Rules) -> None:
    orders = "\n".join(str(400_000_000 + 7919 * n) for n in range(20_000))
    assert judge(rules, mail("", attachments={"a.txt": f"{orders}\nBSN 111222333\n{orders}"})).rules == ("person",)


def test_the_fingerprint_follows_every_file(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("apollo\n")
    text = "lists: {names: {file: names.txt}}\n"
    first = policy(tmp_path, text)
    assert first.fingerprint == policy(tmp_path, text).fingerprint
    assert [path.name for path in first.files] == ["rules.yaml", "names.txt"]
    (tmp_path / "names.txt").write_text("gemini\n")
    assert policy(tmp_path, text).fingerprint != first.fingerprint


def test_what_a_policy_asks_is_known(rules: Rules) -> None:
    assert rules.activation_words == ("[veilig]", "[zeer veilig]")
    assert len(rules.fingerprint) == 64
