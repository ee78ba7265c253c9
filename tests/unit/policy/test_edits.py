"""An officer's change is in the file and nothing else is: no comment, order or style of anybody is lost."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from zegel.policy.language.edits import (
    CannotEdit,
    add_word,
    exempt_recipient,
    exempt_sender,
    set_level,
    trust_domain,
)
from zegel.policy.language.load import load_rules
from zegel.yamlfile import FileProblems

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = (ROOT / "rules.yaml").read_text()
BLOCK = """\
# Onze regels.
version: 1   # de taal

trusted_domains:
    - insurer.example     # afgesproken in mei

# Projecten
lists:
  projects:
  - apollo   # het eerste

  - "gemini*"
  # einde van de projecten
  health: {include: [medical.nl],
    words: [ rolstoel,   # uit de praktijk
             krukken, ], }
  from-a-file:
    file: names.txt

rules:
  - id: projects
    name: {nl: Project, en: Project}
    level: 1    # sinds 2024
    when:
      all:
        - words: projects
        - any:
          - words: [geheim]
          - detector: bsn
    except:
      senders: directie@kliniek.example  # mag alles
    tests:
      match:
        - |
          Geheim: apollo
  - {id: flow, name: {en: Flow}, level: 0, when: {words: [x1, y1]}}
  - id: last
    name: {en: Last}
    level: 2
    when:
      pattern: 'a\\d'
# end"""
FLOW = "{version: 1, lists: {a: [b]}, rules: [{id: r, name: {en: R}, level: 1, when: {words: a}}]}"
INCLUDED = "version: 1\ninclude: shipped\n# niveaus\nlevels:\n  bsn: 2   # strenger\n  unread-file: off\n"


def changed(old: str, new: str) -> list[str]:
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=0)
    return [line for line in lines if line[0] in "+-" and line[:3] not in ("+++", "---")]


CASES = {
    "a word in a list below each other": (BLOCK, add_word, ("projects", "mercur*"), ["+  - mercur*"]),
    "a word that needs quotes": (BLOCK, add_word, ("projects", "no"), ["+  - 'no'"]),
    "a phrase with a comma in brackets": (
        BLOCK, add_word, ("health", "stok, wit"),
        ["-             krukken, ], }", "+             krukken, 'stok, wit', ], }"],
    ),
    "a list that only has a file": (BLOCK, add_word, ("from-a-file", "jansen"), ["+    words: [jansen]"]),
    "in a rule on one line": (
        BLOCK, add_word, ("flow", "*z"),
        ["-  - {id: flow, name: {en: Flow}, level: 0, when: {words: [x1, y1]}}",
         "+  - {id: flow, name: {en: Flow}, level: 0, when: {words: [x1, y1, '*z']}}"],
    ),
    "a level": (BLOCK, set_level, ("projects", 2), ["-    level: 1    # sinds 2024", "+    level: 2    # sinds 2024"]),
    "a sender more": (
        BLOCK, exempt_sender, ("projects", "*.hr.example"),
        ["-      senders: directie@kliniek.example  # mag alles",
         "+      senders: [directie@kliniek.example, '*.hr.example']  # mag alles"],
    ),
    "a recipient beside the senders": (
        BLOCK, exempt_recipient, ("projects", "x@y.example"), ["+      recipients: [x@y.example]"],
    ),
    "the first exception of the last rule": (
        BLOCK, exempt_sender, ("last", "hr@kliniek.example"), ["+    except: {senders: [hr@kliniek.example]}"],
    ),
    "a trusted domain": (BLOCK, trust_domain, ("*.gov.example",), ["+    - '*.gov.example'"]),
    "the first trusted domain": (INCLUDED, trust_domain, ("a.example",), ["+trusted_domains: [a.example]"]),
    "the level of an included rule": (
        INCLUDED, set_level, ("bsn", 0), ["-  bsn: 2   # strenger", "+  bsn: 0   # strenger"],
    ),
    "of one that was off": (INCLUDED, set_level, ("unread-file", 1), ["-  unread-file: off", "+  unread-file: 1"]),
    "of one without a level here": (INCLUDED, set_level, ("pay-slip", 2), ["+  pay-slip: 2"]),
    "all on one line": (FLOW, add_word, ("a", "c"), ["-" + FLOW, "+" + FLOW.replace("[b]", "[b, c]")]),
    "a trusted domain on one line": (
        FLOW, trust_domain, ("x.example",), ["-" + FLOW, "+" + FLOW[:-1] + ", trusted_domains: [x.example]}"],
    ),
    "the shipped rules": (SHIPPED, set_level, ("bsn", 2), ["-    level: 1", "+    level: 2"]),
}  # fmt: skip


@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["unix", "windows"])
@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_only_what_was_asked_for_changes(case: tuple[str, object, tuple[object, ...], list[str]], ends: str) -> None:
    text, change, arguments, expected = case
    text = text.replace("\n", ends)
    new = change(text, *arguments)  # type: ignore[operator]
    assert changed(text, new) == expected
    assert new.count("#") == text.count("#") and new.count("\r") >= text.count("\r")
    assert ("\r" in new) == ("\r" in text) and "\n\r" not in new.replace("\r\n", "")


def test_many_changes_one_after_the_other_hold_and_load(tmp_path: Path) -> None:
    text = BLOCK
    (tmp_path / "names.txt").write_text("jansen\n")
    for number in range(30):
        text = add_word(text, ("projects", "health", "from-a-file", "flow")[number % 4], f"woord{number}")
        text = exempt_sender(text, ("projects", "last", "flow")[number % 3], f"a{number}@kliniek.example")
        text = trust_domain(text, f"d{number}.example")
    loaded = load_rules(tmp_path / "rules.yaml", text=text)
    assert len(loaded.rules) == 3
    document = yaml.safe_load(text)
    assert len(document["trusted_domains"]) == 31 and len(document["lists"]["projects"]) == 2 + 8
    assert all(comment in text for comment in ("# Onze regels.", "# het eerste", "# mag alles", "# einde van", "# end"))


REFUSED = [
    (BLOCK, add_word, ("nothing", "x"), "no list or rule 'nothing'"),
    (BLOCK, add_word, ("last", "x"), "no list or rule 'last'"),
    (BLOCK, add_word, ("projects", "apollo"), "already"),
    (BLOCK, add_word, ("projects", "a\nb: c"), "one line"),
    (BLOCK, add_word, ("projects", " "), "one line"),
    (BLOCK, set_level, ("projects", 1), "already"),
    (BLOCK, set_level, ("bsn", 1), "no rule 'bsn'"),
    (INCLUDED, exempt_sender, ("bsn", "x@y.example"), "only its level"),
    (BLOCK, trust_domain, ("insurer.example",), "already"),
    ("version: 1\nrules: [", add_word, ("p", "c"), "mistakes"),
    ("- a\n- b\n", trust_domain, ("p.example",), "no policy"),
    ("version: 1\nrules: {a: b}\nlists: 3\n", set_level, ("p", 1), "no rule"),
    ("a: &x [b]\nlists: {p: *x, q: *x}\n", add_word, ("p", "c"), "change it in the text"),
]


@pytest.mark.parametrize("case", REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_done_is_said(case: tuple[str, object, tuple[object, ...], str]) -> None:
    text, change, arguments, said = case
    with pytest.raises(CannotEdit, match=said):
        change(text, *arguments)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version: 1\n" + "# " + "x" * 10_000_000, "are the most"),
        (
            "\n".join(["a0: &a0 [x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))]),
            "aliases",
        ),
        ("[" * 100_000, "not valid YAML"),
    ],
    ids=["10 MB", "aliases that explode", "brackets without end"],
)
def test_what_would_take_minutes_is_refused_early(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(text)
    for unsaved in (None, text):
        with pytest.raises(FileProblems) as refused:
            load_rules(file, text=unsaved)
        assert said in str(refused.value)


_names = st.sampled_from(["a", "b c", "no", "*x", "é", "it's", 'say "x"', "#", "x: y", "-", "{", "1", ""])
_words = st.lists(_names, max_size=4)
_policies = st.fixed_dictionaries(
    {
        "version": st.just(1),
        "lists": st.dictionaries(_names, _words | st.fixed_dictionaries({"words": _words}), max_size=3),
        "rules": st.lists(
            st.fixed_dictionaries(
                {
                    "id": st.sampled_from(["r1", "r2"]),
                    "level": st.integers(0, 2),
                    "when": st.fixed_dictionaries({"words": _words}),
                },
                optional={"except": st.none() | st.fixed_dictionaries({}, optional={"senders": _names | _words})},
            ),
            max_size=3,
        ),
    },
    optional={"trusted_domains": _words | _names | st.none(), "levels": st.just({}), "include": st.just("shipped")},
)


def lost(before: list[str], after: list[str]) -> int:
    """How many lines of `before` are gone at least: all but the longest common subsequence."""
    row = [0] * (len(after) + 1)
    for line in before:
        above = row
        row = [0]
        for place, other in enumerate(after):
            row.append(above[place] + 1 if line == other else max(above[place + 1], row[place]))
    return len(before) - row[-1]


@given(
    policy=_policies, flow=st.sampled_from([True, False, None]), indent=st.integers(2, 4), word=_names, name=_names,
    ends=st.sampled_from(["\n", "\r\n"]), trailing=st.booleans(),
)  # fmt: skip
def test_whatever_the_style_the_change_is_right_or_refused(
    policy: dict[str, object], flow: bool | None, indent: int, word: str, name: str, ends: str, trailing: bool
) -> None:
    """Nothing but a refusal comes out, and no line that was there goes but the one changed."""
    text = yaml.safe_dump(policy, default_flow_style=flow, indent=indent, allow_unicode=True, sort_keys=False)
    text = (text if trailing else text.rstrip("\n")).replace("\n", ends)
    changes: list[Callable[[], str]] = [
        lambda: add_word(text, name, word),
        lambda: add_word(text, "r1", word),
        lambda: set_level(text, "r2", 1),
        lambda: exempt_sender(text, "r1", word),
        lambda: trust_domain(text, word),
    ]
    for change in changes:
        try:
            new = change()
        except CannotEdit:
            continue
        assert yaml.safe_load(new) != policy
        # A value of two words may be folded: then the line that changes is two.
        assert lost(text.splitlines(), new.splitlines()) <= 2 + (not trailing)
