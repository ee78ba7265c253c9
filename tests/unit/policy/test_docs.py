"""The shipped policy and the page for the DPO: what is written there holds."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from tests.support.shipped import shipped_rules
from tests.unit.policy.policy_mail import RECIPIENT, SENDER, mail, policy
from zegel.policy.detectors import DETECTORS
from zegel.policy.language import condition_sections as condition_model
from zegel.policy.language import sections as model
from zegel.policy.language.load import Rules, load_rules
from zegel.policy.search.words import shipped_names
from zegel.yamlfile import FileProblems

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/rules.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
SECTIONS = [
    section
    for module in (model, condition_model)
    for section in vars(module).values()
    if isinstance(section, type) and issubclass(section, BaseModel) and section.__module__ == module.__name__
]


def whole(example: str) -> str:
    """An example as a policy: a rule goes under `rules:`, a condition into a rule."""
    example = example.removeprefix("version: 1\n")
    if example.startswith("when:"):
        rule = f"- id: example\n  name: {{en: Example}}\n  level: 1\n{textwrap.indent(example, '  ')}"
        return f"rules:\n{rule}"
    return f"rules:\n{example}" if example.lstrip().startswith("- id:") else example


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_on_the_page_loads_and_its_tests_pass(tmp_path: Path, example: str) -> None:
    (tmp_path / "names.txt").write_text("jansen\n")
    policy(tmp_path, whole(example))


def test_every_key_is_on_the_page() -> None:
    keys = {info.alias or name for section in SECTIONS for name, info in section.model_fields.items()}
    assert {"near", "trusted_domains", "no_match", "in", "not"} <= keys
    assert [key for key in sorted(keys) if not re.search(rf"\b{key}\b", "".join(re.findall(r"`.*?`", PAGE)))] == []


def test_every_key_has_an_example() -> None:
    examples = "\n".join(EXAMPLES)
    keys = {info.alias or name for section in SECTIONS for name, info in section.model_fields.items()}
    assert [key for key in sorted(keys) if not re.search(rf"\b{key}:", examples)] == []


def test_every_detector_and_shipped_list_can_be_asked_for_by_name() -> None:
    names = (*DETECTORS, *shipped_names())
    assert [name for name in names if not re.search(rf"`{name}`", PAGE)] == []


def test_every_key_says_what_it_means() -> None:
    assert [
        f"{section.__name__}.{name}"
        for section in SECTIONS
        for name, info in section.model_fields.items()
        if not info.description
    ] == []


def test_every_kind_of_condition_has_an_example() -> None:
    examples = "\n".join(EXAMPLES)
    assert [kind for kind in condition_model.CONDITIONS if f"{kind}:" not in examples] == []


def test_every_detector_and_shipped_list_is_on_the_page() -> None:
    assert [name for name in (*DETECTORS, *shipped_names()) if f"`{name}`" not in PAGE] == []


def test_every_heading_that_is_linked_to_is_there() -> None:
    headings = {
        re.sub(r"[^\w -]", "", line).strip().lower().replace(" ", "-")
        for line in re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= headings


def test_the_recipe_of_the_insurer_does_what_it_says(tmp_path: Path) -> None:
    recipe = next(example for example in EXAMPLES if "persons-or-health" in example)
    rules = policy(tmp_path, recipe)
    both = rules.judge(mail("BSN 111222333, diabetes"), sender=SENDER, recipients=[RECIPIENT, "claims@insurer.example"])
    assert both.levels == {RECIPIENT: 2, "claims@insurer.example": 0}
    slip = rules.judge(mail("Zie bijlage", attachments={"loonstrook.pdf": ""}), sender=SENDER, recipients=[RECIPIENT])
    assert (slip.level, slip.scope) == (1, "files")


# The policy that ships.


@pytest.fixture(scope="module")
def shipped() -> Rules:
    return shipped_rules()


def test_the_shipped_policy_loads(shipped: Rules) -> None:
    assert shipped.activation_words == ("[veilig]", "[secure]", "[zeer veilig]", "[very secure]")
    assert {rule.id: rule.level for rule in shipped.rules} == {
        "bsn-and-health": 2, "health-and-person": 1, "bsn": 1, "passport": 2, "payment-card": 1, "pay-slip": 1,
        "document-number": 1, "v-number": 1, "national-id": 1, "credentials": 1, "list-of-persons": 1,
        "youth-care-and-person": 1, "social-care-and-person": 1, "debts-and-person": 1, "legal-and-person": 0,
        "personnel-and-person": 0, "special-and-person": 0,
        "locked-file": 0, "unread-file": 1,
    }  # fmt: skip


def test_every_shipped_rule_has_four_languages_and_tests_both_ways(shipped: Rules) -> None:
    text = (ROOT / "rules.yaml").read_text(encoding="utf-8")
    assert all(set(rule.names) == {"nl", "en", "de", "fr"} for rule in shipped.rules)
    untested = ["unread-file"]  # what cannot be read cannot be written down as a text
    assert text.count(" match:") == text.count(" no_match:") == len(shipped.rules) - len(untested)


def test_every_shipped_test_is_run(tmp_path: Path) -> None:
    """Turned around, each of them fails."""
    text = (ROOT / "rules.yaml").read_text(encoding="utf-8")
    wrong = text.replace("no_match:", "MATCH:").replace("match:", "no_match:").replace("MATCH:", "match:")
    (tmp_path / "rules.yaml").write_text(wrong)
    with pytest.raises(FileProblems) as refused:
        load_rules(tmp_path / "rules.yaml")
    failed = [problem for problem in refused.value.problems if problem.message.startswith("test failed")]
    rules = yaml.safe_load(text)["rules"]
    written = [test for rule in rules for tests in rule.get("tests", {}).values() for test in tests]
    assert len(failed) == len(refused.value.problems) == len(written)


LETTER = """\
Geachte mevrouw De Vries,

Hartelijk dank voor uw bestelling 304918273 van 12 maart 2024. Uw klantnummer is 123456782, uw factuur 2024-111222333.
U kunt betalen op NL91 ABNA 0417 1643 00 t.n.v. De Kliniek, KvK 12345678, btw NL123456782B01.
Wij vragen u nooit per mail om uw BSN of uw creditcard. Volg uw pakket met 3SABCD123456789, zending 4111111111111111.

Met vriendelijke groet,
Anna de Boer | T 020-1234567 | M 06-12345678 | +31 (0)20 123 45 67 | www.kliniek.example/nieuws/123456782
"""


def test_an_ordinary_letter_full_of_numbers_leaves_as_it_is(shipped: Rules) -> None:
    it = mail(LETTER, subject="Uw bestelling 304918273", attachments={"factuur_2024-111222333.pdf": LETTER})
    verdict = shipped.judge(it, sender=SENDER, recipients=[RECIPIENT])
    assert (verdict.level, verdict.matches) == (0, ())


@pytest.mark.parametrize(
    ("body", "level", "rule"),
    [
        ("BSN 111222333", 1, "bsn"),
        ("BSN 111222333. Diagnose: diabetes.", 2, "bsn-and-health"),
        ("BSN 111222333. De afspraak is verzet.", 1, "bsn"),
        ("Mevrouw (111222333) heeft hartfalen en krijgt metoprolol.", 2, "bsn-and-health"),
        ("Kaart 4111 1111 1111 1111", 1, "payment-card"),
        ("L898902C36UTO7408122F1204159ZE184226B<<<<<10", 2, "passport"),
    ],
)
def test_the_shipped_policy_catches_what_it_promises(shipped: Rules, body: str, level: int, rule: str) -> None:
    verdict = shipped.judge(mail(body), sender=SENDER, recipients=[RECIPIENT])
    assert (verdict.level, verdict.rules[0]) == (level, rule)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet="0123456789 .-\n_<>/+,;€=éЖABNLPxbsn\ud800", max_size=120), st.text(max_size=40))
def test_no_text_makes_judging_fail(shipped: Rules, numbers: str, other: str) -> None:
    verdict = shipped.judge(mail(numbers + other, subject=other), sender=SENDER, recipients=[RECIPIENT])
    assert verdict.level in (0, 1, 2)
    assert bool(verdict.matches) == bool(verdict.level)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=200), st.text(max_size=200))
def test_a_labelled_number_is_found_whatever_stands_around_it(shipped: Rules, before: str, after: str) -> None:
    it = mail(f"{before}\nBSN: 111222333 \n{after}")
    assert shipped.judge(it, sender=SENDER, recipients=[RECIPIENT]).level >= 1
