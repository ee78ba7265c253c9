"""What a mail to several recipients withholds: at least what it withholds from each of them alone."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.policy.policy_mail import OTHER, PARTNER, RECIPIENT, SENDER, mail, policy, rule
from zegel.policy.verdict import Verdict

RECIPIENTS = (RECIPIENT, OTHER, PARTNER)
SECRET = "geheim"
IT = mail(SECRET, subject=SECRET, headers={"X-Zaak": SECRET}, attachments={"a.txt": SECRET, "b.txt": "niets"}, size=900)

_places = st.sampled_from(["body", "subject", "headers", "attachments"])
_found = st.one_of(
    _places.map(lambda place: f"{{words: [{SECRET}], in: [{place}]}}"),
    st.just("{filename: ['*.txt']}"),
    st.just("{recipients_at_least: 1}"),
)


@st.composite
def conditions(draw: st.DrawFn) -> str:
    """Branches that each belong to one recipient and find something somewhere."""
    branches = draw(st.lists(st.tuples(st.sampled_from(RECIPIENTS), _found), min_size=1, max_size=4))
    return "{any: [" + ", ".join(f"{{all: [{{recipient: ['{who}']}}, {what}]}}" for who, what in branches) + "]}"


def withheld(verdict: Verdict) -> set[str]:
    """Every single thing that a notification must not carry."""
    parts = {f"part {part}" for part in verdict.hit_parts}
    flags = {"body": verdict.scope == "message", "subject": verdict.subject_hit, "headers": verdict.header_hit}
    return parts | {name for name, is_withheld in flags.items() if is_withheld}


@given(st.lists(conditions(), min_size=1, max_size=3), st.permutations(RECIPIENTS))
def test_what_is_withheld_from_one_alone_is_withheld_from_all_together(when: list[str], order: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        text = "".join(rule(one, name=f"rule-{number}") for number, one in enumerate(when))
        rules = policy(Path(folder), "rules:\n" + text)
    together = rules.judge(IT, sender=SENDER, recipients=order)
    for recipient in order:
        alone = rules.judge(IT, sender=SENDER, recipients=[recipient])
        assert together.levels[recipient] == alone.level
        if alone.level:
            assert withheld(alone) <= withheld(together)


@pytest.mark.parametrize("order", [(RECIPIENT, OTHER), (OTHER, RECIPIENT)], ids=["first", "last"])
def test_a_body_that_is_sensitive_for_the_second_recipient_only_is_withheld(
    tmp_path: Path, order: tuple[str, str]
) -> None:
    when = (
        f"{{any: [{{all: [{{recipient: ['{RECIPIENT}']}}, {{words: [bijlage], in: [attachments]}}]}},"
        f" {{all: [{{recipient: ['{OTHER}']}}, {{words: [tekst], in: [body]}}]}}]}}"
    )
    rules = policy(tmp_path, "rules:\n" + rule(when))
    verdict = rules.judge(mail("tekst", attachments={"a.txt": "bijlage"}), sender=SENDER, recipients=order)
    assert verdict.scope == "message"
