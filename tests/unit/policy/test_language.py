"""The rules language, key by key."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.policy.policy_mail import OTHER, RECIPIENT, SENDER, mail, policy, rule
from zegel.message.reader import Mail
from zegel.policy.verdict import Verdict


def judged(tmp_path: Path, when: str, it: Mail, *recipients: str, before: str = "") -> Verdict:
    rules = policy(tmp_path, f"{before}\nrules:\n{rule(when)}")
    return rules.judge(it, sender=SENDER, recipients=recipients or (RECIPIENT,))


def fires(tmp_path: Path, when: str, it: Mail, *recipients: str, before: str = "") -> bool:
    return judged(tmp_path, when, it, *recipients, before=before).level > 0


EVERYWHERE = {
    "subject": mail(subject="apollo"),
    "headers": mail(headers={"X-Project": "apollo"}),
    "body": mail("apollo"),
    "attachments": mail(attachments={"a.txt": "apollo"}),
    "filenames": mail(attachments={"apollo.txt": "niets"}),
}


@pytest.mark.parametrize("place", EVERYWHERE)
def test_in_says_where_to_look(tmp_path: Path, place: str) -> None:
    for other, it in EVERYWHERE.items():
        assert fires(tmp_path, f"{{words: [apollo], in: [{place}]}}", it) == (other == place)


@pytest.mark.parametrize("place", EVERYWHERE)
def test_without_in_it_looks_everywhere(tmp_path: Path, place: str) -> None:
    assert fires(tmp_path, "{words: [apollo]}", EVERYWHERE[place])


@pytest.mark.parametrize(
    ("entry", "text", "found"),
    [
        ("apollo", "Project Apollo begint", True),
        ("apollo", "apollo's", True),
        ("apollo", "apollonius", False),
        ("apollo", "project_apollo_2", True),
        ("apoll*", "apollonius", True),
        ("patiënt", "PATIENT", True),
        ("patient", "patiënt", True),
        ("project apollo", "Project\n  Apollo", True),
        ("project apollo", "projectapollo", False),
        ("project* apollo", "projecten apollo", True),
        ("c++", "kennis van C++, ook", True),
        ("[apollo]", "x[apollo]x", True),
        ("112", "bel 112", True),
        ("112", "1123", False),
        ("naïve", "naïve", True),
        ("Москва", "в Москва есть", True),
        ("Москв*", "Москва", True),
        ("москва", "МОСКВА", True),
        ("Москва", "Москвау", False),
    ],
)
def test_words_are_found_whole_whatever_case_and_accents(tmp_path: Path, entry: str, text: str, found: bool) -> None:
    assert fires(tmp_path, f'{{words: ["{entry}"]}}', mail(text)) == found


def test_forms_of_one_entry_count_as_one_value(tmp_path: Path) -> None:
    when = '{words: ["diabet*", insuline], at_least: 2}'
    assert not fires(tmp_path, when, mail("diabetes, diabetisch en Diabeet"))
    assert fires(tmp_path, when, mail("diabetes en insuline"))


LISTS = """\
lists:
  inline: [apollo]
  parts: {words: [gemini], file: names.txt, include: [inline, medical.nl]}
"""


@pytest.mark.parametrize("text", ["gemini", "mercury", "vostok 1", "apollo", "longontsteking"])
def test_a_list_puts_its_parts_together(tmp_path: Path, text: str) -> None:
    (tmp_path / "names.txt").write_text("\ufeff# ruimtevaart\nmercury\nvostok 1  # de eerste\n")
    assert fires(tmp_path, "{words: parts}", mail(text), before=LISTS)
    assert not fires(tmp_path, "{words: parts}", mail("ruimtevaart"), before=LISTS)


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"dossier \d{4}", "DOSSIER 1234", True),
        (r"(?-i)DOSSIER \d{4}", "dossier 1234", False),
        (r"^dossier$", "een\ndossier\ntwee", True),
        (r"^dossier$", "een dossier", False),
        (r"dossiër \d", "dossier 1", True),
        (r"\p{Cyrillic}+", "Москва", True),
        (r"[“”]x[“”]", "“x”", True),
    ],
)
def test_a_pattern_is_an_expression_over_folded_text(tmp_path: Path, pattern: str, text: str, found: bool) -> None:
    assert fires(tmp_path, f"{{pattern: '{pattern}'}}", mail(text)) == found


def test_every_text_of_a_mail_is_a_text_of_its_own(tmp_path: Path) -> None:
    """Short texts are searched together; nothing may be found across two of them."""
    assert not fires(tmp_path, r"{pattern: 'een\s*\W*twee'}", mail("een", attachments={"twee": "twee"}))
    assert fires(tmp_path, "{pattern: '^twee$'}", mail("een", attachments={"a": "twee"}))


def test_at_least_counts_distinct_values(tmp_path: Path) -> None:
    when = r"{pattern: 'dossier \d+', at_least: 3}"
    assert not fires(tmp_path, when, mail("dossier 1, dossier 2, Dossier 1, dossier  2"))
    assert fires(tmp_path, when, mail("dossier 1, dossier 2", subject="dossier 3"))


def test_per_part_they_have_to_be_together(tmp_path: Path) -> None:
    when = r"{pattern: 'dossier \d+', at_least: 2, per: part}"
    assert not fires(tmp_path, when, mail("dossier 1", subject="dossier 2"))
    assert fires(tmp_path, when, mail("dossier 1, dossier 2"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("saldo 1234", True),
        ("1234 is het saldo", True),
        ("saldo " + "x" * 18 + " 1234", True),
        ("saldo " + "x" * 19 + " 1234", False),
        ("1234" + " " * 20 + "saldo", True),
        ("1234" + " " * 21 + "saldo", False),
        ("saldo " + "Ж" * 18 + " 1234", True),
        ("saldo " + "Ж" * 19 + " 1234", False),
        ("12345 saldo", False),
    ],
)
def test_near_counts_the_characters_between(tmp_path: Path, text: str, found: bool) -> None:
    assert fires(tmp_path, r"{pattern: '\b\d{4}\b', near: {words: [saldo], within: 20}}", mail(text)) == found


def test_near_means_the_same_text(tmp_path: Path) -> None:
    when = r"{pattern: '\d{4}', near: {words: [saldo], within: 5000}}"
    assert not fires(tmp_path, when, mail("1234", subject="saldo"))


def test_at_least_counts_only_what_is_near(tmp_path: Path) -> None:
    when = r"{pattern: '\b\d{4}\b', at_least: 2, near: {words: [saldo], within: 10}}"
    assert not fires(tmp_path, when, mail("saldo 1234" + " " * 50 + "5678"))
    assert fires(tmp_path, when, mail("saldo 1234" + " " * 50 + "saldo 5678"))


def test_two_detectors_can_be_near_each_other(tmp_path: Path) -> None:
    when = "{detector: iban, near: {detector: bsn, within: 30}}"
    assert fires(tmp_path, when, mail("BSN 111222333, NL91ABNA0417164300"))
    assert not fires(tmp_path, when, mail("BSN 111222333" + "." * 50 + "NL91ABNA0417164300"))


def test_two_of_a_kind_can_be_near_each_other(tmp_path: Path) -> None:
    when = "{detector: iban, near: {detector: iban, within: 10}}"
    assert not fires(tmp_path, when, mail("NL91ABNA0417164300"))
    assert fires(tmp_path, when, mail("NL91ABNA0417164300 BE68539007547034"))


@pytest.mark.parametrize(
    ("glob", "name", "found"),
    [
        ("loonstrook*", "Loonstrook-mei.pdf", True),
        ("*.pdf", "a.PDF", True),
        ("*.pdf", "a.pdf.txt", False),
        ("patiënt?.csv", "patient1.csv", True),
        ("loonstrook*", "map/loonstrook.pdf", True),
        ("map/*", "map/loonstrook.pdf", True),
    ],
)
def test_filename_fits_a_name_or_the_end_of_a_path(tmp_path: Path, glob: str, name: str, found: bool) -> None:
    verdict = judged(tmp_path, f'{{filename: "{glob}"}}', mail("hoi", attachments={name: ""}))
    assert (verdict.level > 0) == found
    if found:
        assert (verdict.scope, verdict.hit_parts) == ("files", frozenset({"2"}))


def test_filetype_is_what_the_content_says(tmp_path: Path) -> None:
    it = mail("hoi", types={"a.txt": "application/pdf"})
    assert fires(tmp_path, "{filetype: application/pdf}", it)
    assert fires(tmp_path, "{filetype: [image/*, Application/*]}", it)
    assert not fires(tmp_path, "{filetype: text/plain}", it)
    assert not fires(tmp_path, "{filetype: application/pdf, at_least: 2}", it)


def test_unreadable_has_kinds(tmp_path: Path) -> None:
    it = mail("hoi", unreadable={"a.zip": "encrypted"})
    assert fires(tmp_path, "{unreadable: encrypted}", it)
    assert not fires(tmp_path, "{unreadable: [corrupt, limit, timeout]}", it)
    assert judged(tmp_path, "{unreadable: encrypted}", it).matches[0].sample == "encrypted"


def test_header_has_a_name_and_a_value(tmp_path: Path) -> None:
    it = mail(headers={"Sensitivity": "Company-Confidential", "X-Label": "=?utf-8?q?priv=C3=A9?="})
    assert fires(tmp_path, "{header: {name: sensitivity}}", it)
    assert fires(tmp_path, '{header: {name: Sensitivity, value: "*confidential"}}', it)
    assert fires(tmp_path, "{header: {name: X-Label, value: privé}}", it)
    assert not fires(tmp_path, "{header: {name: Sensitivity, value: private}}", it)
    assert not fires(tmp_path, "{header: {name: Importance}}", it)


def test_the_size_of_a_mail_can_be_asked(tmp_path: Path) -> None:
    assert fires(tmp_path, "{larger_than: 10 MB}", mail(size=10_000_001))
    assert not fires(tmp_path, "{larger_than: 10 MB}", mail(size=10_000_000))


def test_sender_and_recipients_can_be_asked(tmp_path: Path) -> None:
    assert fires(tmp_path, "{sender: kliniek.example}", mail())
    assert not fires(tmp_path, '{sender: "*.kliniek.example"}', mail())
    assert fires(tmp_path, "{recipients_at_least: 2}", mail(), RECIPIENT, OTHER)
    assert not fires(tmp_path, "{recipients_at_least: 3}", mail(), RECIPIENT, OTHER)


def test_a_rule_about_recipients_holds_for_them_alone(tmp_path: Path) -> None:
    when = "{all: [{words: [apollo]}, {recipient: elders.example}]}"
    assert judged(tmp_path, when, mail("apollo"), RECIPIENT, OTHER).levels == {RECIPIENT: 0, OTHER: 1}
    when = "{all: [{words: [apollo]}, {not: {recipient: elders.example}}]}"
    assert judged(tmp_path, when, mail("apollo"), RECIPIENT, OTHER).levels == {RECIPIENT: 1, OTHER: 0}


@pytest.mark.parametrize(
    ("when", "text", "found"),
    [
        ("{all: [{words: [een]}, {words: [twee]}]}", "een twee", True),
        ("{all: [{words: [een]}, {words: [twee]}]}", "een", False),
        ("{any: [{words: [een]}, {words: [twee]}]}", "twee", True),
        ("{any: [{words: [een]}, {words: [twee]}]}", "drie", False),
        ("{several: [{words: [een]}, {words: [twee]}, {words: [drie]}]}", "een drie", True),
        ("{several: [{words: [een]}, {words: [twee]}, {words: [drie]}]}", "drie", False),
        ("{several: [{words: [een]}, {words: [twee]}, {words: [drie]}], at_least: 3}", "een twee", False),
        ("{several: [{words: [een]}, {not: {words: [twee]}}, {words: [drie]}]}", "een", True),
        ("{several: [{words: [een]}, {not: {words: [twee]}}, {words: [drie]}]}", "een twee", False),
        ("{not: {words: [een]}}", "twee", True),
        ("{not: {words: [een]}}", "een", False),
        ("{all: [{words: [een]}, {not: {any: [{words: [twee]}, {words: [drie]}]}}]}", "een drie", False),
        ("{all: [{words: [een]}, {not: {any: [{words: [twee]}, {words: [drie]}]}}]}", "een vier", True),
    ],
)
def test_conditions_nest(tmp_path: Path, when: str, text: str, found: bool) -> None:
    assert fires(tmp_path, when, mail(text)) == found


def test_any_shows_only_what_met_it(tmp_path: Path) -> None:
    when = "{any: [{words: [een], in: [body]}, {words: [twee], at_least: 1, in: [attachments]}]}"
    verdict = judged(tmp_path, when, mail("twee", attachments={"a.txt": "een twee"}))
    assert [match.where for match in verdict.matches] == ["attachments"]


def test_a_finding_in_a_long_text_is_where_it_is(tmp_path: Path) -> None:
    filler = "niets aan de hand, é €. " * 20_000
    verdict = judged(tmp_path, "{detector: bsn}", mail(f"{filler}BSN 111222333. {filler}", subject="x"))
    assert [(m.where, m.sample) for m in verdict.matches] == [("body", "111••••33")]
