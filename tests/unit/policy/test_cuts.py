"""Whatever key lets most mail leave as it is: rules that do are known, and an ordinary change is not taken for one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from zegel.policy.language.cuts import Measure
from zegel.policy.language.include import SHIPPED
from zegel.policy.language.load import Rules, load_rules
from zegel.policy.language.strength import Cut
from zegel.yamlfile import FileProblems
from zegel_console.cut_words import cuts_in_words

OWN = ("kliniek.example", "zorg.kliniek.example")
Policy = dict[str, Any]
Change = Callable[[Policy], object]


def with_mail(name: str, when: Any, text: str, **more: Any) -> Policy:
    return {"id": name, "name": {"en": name}, "level": 1, "when": when, "tests": {"match": [text]}, **more}


def policy() -> Policy:
    return {
        "version": 1,
        "lists": {"own": {"words": ["kliniek.example"]}, "banks": {"words": ["bank.example"]}},
        "picture_seconds": 10,
        "archive_passwords": ["a1", "b2"],
        "minimum_level": {"laboratory.example": 2},
        "activation": [{"word": "[geheim]", "level": 2}],
        "rules": [
            with_mail("bsn", {"detector": "bsn"}, "BSN 111222333"),
            with_mail("iban", {"detector": "iban"}, "NL91 ABNA 0417 1643 00"),
            with_mail("code", {"pattern": "dossier \\d{4}"}, "Dossier 2026", level=2),
            {"id": "words", "name": {"en": "W"}, "level": 1, "when": {"words": ["a1", "b2", "c3", "d4", "e5"]}},
            {"id": "untested", "name": {"en": "U"}, "level": 1, "when": {"detector": "bsn", "at_least": 2}},
            with_mail("freemail", {"all": [{"words": ["tarief"]}, {"recipient": "freemail"}]}, "x", direct=False,
                   tests={"match": [{"body": "tarief", "recipient": "a@gmail.com"}]}),
        ],
    }  # fmt: skip


def read(folder: Path, changed: Policy, name: str = "rules.yaml") -> Rules:
    (folder / name).write_text(yaml.safe_dump(changed, sort_keys=False))
    return load_rules(folder / name)


def cuts(
    folder: Path, change: Change, found: Mapping[str, int] | None = None, writers: Sequence[str] = ()
) -> list[Cut]:
    new = policy()
    change(new)
    old, new_rules = read(folder, policy(), "old.yaml"), read(folder, new)
    return Measure(OWN, lambda: found or {}, lambda: writers).cuts(old, new_rules)


def each(**more: Any) -> Change:
    return lambda p: [rule.update(more) for rule in p["rules"]]


def narrowed(*conditions: Any) -> Change:
    def change(p: Policy) -> None:
        for rule in p["rules"]:
            rule["when"] = {"all": [rule["when"], *conditions]}
            rule.pop("tests", None)

    return change


def untested(change: Change) -> Change:
    return lambda p: ([rule.pop("tests", None) for rule in p["rules"]], change(p))


MUCH: list[tuple[str, Change, str]] = [
    ("own domain, one rule", lambda p: p["rules"][0].update({"except": {"senders": ["kliniek.example"]}}), "rule bsn"),
    ("own subdomain", lambda p: p["rules"][1].update({"except": {"senders": ["*.kliniek.example"]}}), "zorg.kliniek"),
    ("own by a list", lambda p: p["rules"][0].update({"except": {"senders": ["own"]}}), "rule bsn"),
    ("own, untested rule", lambda p: p["rules"][4].update({"except": {"senders": OWN[0]}}), "rule untested"),
    ("own, by not", lambda p: p["rules"][0].update(when={"all": [{"detector": "bsn"}, {"not": {"sender": OWN[0]}}]}),
     "kliniek.example pass rule bsn"),
    ("freemail, one rule", lambda p: p["rules"][0].update({"except": {"recipients": ["freemail"]}}), "pass rule bsn"),
    ("gmail, by not", lambda p: p["rules"][0].update(
        when={"all": [{"detector": "bsn"}, {"not": {"recipient": "gmail.com"}}]}), "gmail.com pass rule bsn"),
    ("a country", lambda p: p.update(never_protect=["*.co.uk"]), "*.co.uk leave"),
    ("never freemail", lambda p: p.update(never_protect="freemail"), ") leave as it is"),
    ("trusted gmail", lambda p: p.update(trusted_domains=["GMail.com"]), "everything to gmail.com"),
    ("own never", lambda p: p.update(never_protect=["kliniek.example"]), "kliniek.example leave"),
    ("own trusted", lambda p: p.update(trusted_domains=["kliniek.example"]), "kliniek.example leave"),
    ("direct", lambda p: p.update(direct_delivery={}), "directly"),
    ("direct twice", lambda p: p.update(direct_delivery={"levels": {"gmail.com": 2}, "up_to_level": 0}), "gmail.com"),
    ("levels 0", each(level=0), "lets pass"),
    ("no tests, levels 0", untested(each(level=0)), "lets pass"),
    ("size", narrowed({"larger_than": "1 GB"}), "lets pass"),
    ("one sender", narrowed({"sender": "nobody@kliniek.example"}), "lets pass"),
    ("one recipient", narrowed({"recipient": "nobody@bank.example"}), "lets pass"),
    ("many recipients", narrowed({"recipients_at_least": 50}), "lets pass"),
    ("a header", narrowed({"header": {"name": "X-Protect"}}), "lets pass"),
    ("a file", narrowed({"filename": "zzz*"}), "lets pass"),
    ("another word", narrowed({"words": ["xyzzy"]}), "lets pass"),
    ("place", lambda p: [(r["when"].update({"in": ["headers"]}), r.pop("tests", 0)) for r in p["rules"][:5]], "pass"),
    ("count", lambda p: [(r["when"].update(at_least=5), r.pop("tests", 0)) for r in p["rules"][:5]], "lets pass"),
    ("near", lambda p: [(r["when"].update(near={"words": ["xyzzy"], "within": 1}), r.pop("tests", 0))
                        for r in p["rules"][:5]], "lets pass"),
    ("other conditions", lambda p: [r.update(when={"pattern": "xyzzy"}, tests={"match": ["xyzzy"]})
                                    for r in p["rules"]], "lets pass"),
    ("other rules", lambda p: p.update(rules=[with_mail(f"r{n}", {"words": ["xyzzy"]}, "xyzzy") for n in range(6)]),
     "lets pass"),
    ("values", lambda p: [r.update({"except": {"values": ["111222333", "NL91ABNA0417164300", "dossier 2026", "tarief"]},
                                    "tests": {}}) for r in p["rules"]], "lets pass"),
    ("own, by another name", lambda p: p["rules"][0].update({"id": "b", "except": {"senders": OWN[0]}}), "rule bsn"),
    ("other words", lambda p: p["rules"].__setitem__(slice(None), [
        {**r, "when": {"words": ["v1", "w2", "x3", "y4", "z5"]}, "tests": {}} for r in p["rules"]]), "lets pass"),
    ("no pictures", lambda p: p.pop("picture_seconds"), "pictures"),
    ("no passwords", lambda p: p.pop("archive_passwords"), "locked"),
    ("no least level", lambda p: p.pop("minimum_level"), "minimum_level"),
    ("no activation", lambda p: p.pop("activation"), "activation words"),
    ("level 2", lambda p: p["rules"][2].update(level=1), "level 2"),
    ("directly after all", lambda p: p["rules"][5].update(direct=True), "freemail kept in the portal"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "said"), [case[1:] for case in MUCH], ids=[case[0] for case in MUCH])
def test_what_lets_much_pass_is_known(tmp_path: Path, change: Change, said: str) -> None:
    found = cuts(tmp_path, change)
    assert any(said in each for each in found), found
    for language in ("nl", "de", "fr"):
        told = cuts_in_words(found, language)
        assert not set(told) & set(found) and not any("%(" in each for each in told), (
            "officers read it in their language"
        )


ORDINARY: list[tuple[str, Change]] = [
    ("nothing", lambda p: None),
    ("a partner", lambda p: p.update(trusted_domains=["insurer.example", "*.gov.example"])),
    ("somebody", lambda p: p.update(never_protect=["a@gmail.com"])),
    ("renamed without mails", lambda p: p["rules"][4].update(id="more-than-one")),
    ("partners of a rule", lambda p: p["rules"][0].update({"except": {"recipients": ["banks"]}})),
    ("one of ours", lambda p: p["rules"][0].update({"except": {"senders": ["salaris@kliniek.example"]}})),
    ("a domain that sounds alike", lambda p: p["rules"][0].update({"except": {"senders": ["onze-kliniek.example"]}})),
    ("a rule of six on trial", lambda p: p["rules"][1].update(level=0)),
    ("a new rule that spares us", lambda p: p["rules"].append(
        with_mail("new", {"words": ["nieuw"]}, "nieuw", **{"except": {"senders": ["kliniek.example"]}}))),
    ("words to a list", lambda p: (p["lists"].update(w={"words": ["a1", "b2", "c3", "d4", "e5"]}),
                                   p["rules"][3].update(when={"words": "w"}))),
    ("a word less", lambda p: p["rules"][3]["when"]["words"].pop()),
    ("wider", lambda p: p["rules"][4].update(when={"any": [{"detector": "bsn"}, {"words": ["x"]}]})),
    ("renamed", lambda p: p["rules"][0].update(id="citizen")),
    ("another order", lambda p: p["rules"].reverse()),
    ("a value", lambda p: p["rules"][1].update({"except": {"values": ["BE68 5390 0754 7034"]}})),
    ("more", lambda p: (each(level=2)(p), p.update(always_protect=["x.example"], activation=p["activation"] * 1))),
]  # fmt: skip


@pytest.mark.parametrize("change", [case[1] for case in ORDINARY], ids=[case[0] for case in ORDINARY])
def test_an_ordinary_change_is_none(tmp_path: Path, change: Change) -> None:
    assert cuts(tmp_path, change) == []


@pytest.mark.parametrize("change", [
    lambda p: p["rules"].pop(0), lambda p: p["rules"][0].update(level=0),
    lambda p: p["rules"][0].update(when={"all": [{"detector": "bsn"}, {"larger_than": "1 GB"}]}, tests={}),
], ids=["removed", "on trial", "narrowed"])  # fmt: skip
def test_the_rule_that_finds_most_counts_for_most(tmp_path: Path, change: Change) -> None:
    assert cuts(tmp_path, change) == [], "one of six"
    found = {"bsn": 900, "iban": 60, "words": 40}
    assert any("about 90 percent of the messages" in each for each in cuts(tmp_path, change, found))
    assert cuts(tmp_path, change, {"bsn": 9}) == [], "nine messages say nothing"
    assert cuts(tmp_path, change, {"bsn": 60, "iban": 900}) == []


def staff(count: int) -> list[str]:
    return [f"medewerker{n}@{'zorg.' if n % 3 else ''}kliniek.example" for n in range(count)]


SPARE: list[tuple[str, Callable[[list[str]], Change]]] = [
    ("except", lambda who: lambda p: p["rules"][0].update({"except": {"senders": who}})),
    ("untested", lambda who: lambda p: p["rules"][4].update({"except": {"senders": who}})),
    ("by a list", lambda who: lambda p: (
        p["lists"].update(staff={"words": who}), p["rules"][2].update({"except": {"senders": ["staff"]}}))),
    ("not", lambda who: lambda p: p["rules"][0].update(
        when={"all": [{"detector": "bsn"}, {"not": {"sender": who}}]})),
    ("by another name", lambda who: lambda p: p["rules"][0].update({"id": "b", "except": {"senders": who}})),
]  # fmt: skip


@pytest.mark.parametrize("spare", [case[1] for case in SPARE], ids=[case[0] for case in SPARE])
def test_every_employee_one_by_one_is_as_much_as_the_domain(
    tmp_path: Path, spare: Callable[[list[str]], Change]
) -> None:
    assert any("from 300 people" in each for each in cuts(tmp_path, spare(staff(300))))
    assert any("from 20 people" in each for each in cuts(tmp_path, spare(staff(20))))
    assert cuts(tmp_path, spare(staff(6))) == []
    assert cuts(tmp_path, spare([f"a{n}@partner.example" for n in range(300)])) == [], "not ours"
    eight = [each.upper() for each in staff(8)]
    assert any("people" in each for each in cuts(tmp_path, spare(staff(6)), writers=eight)), "six of eight who write"
    assert cuts(tmp_path, spare(staff(6)), writers=staff(12)) == [], "half of them"
    assert cuts(tmp_path, spare(staff(2)), writers=staff(3)) == [], "three say nothing"


def test_many_who_were_spared_before_are_no_cut(tmp_path: Path) -> None:
    old, new = policy(), policy()
    old["rules"][0]["except"] = {"senders": staff(60)}
    new["rules"][0]["except"] = {"senders": [*staff(60), "nieuw@kliniek.example"]}
    measure = Measure(OWN, writers=lambda: staff(60))
    assert measure.cuts(read(tmp_path, old, "old.yaml"), read(tmp_path, new)) == []


def test_what_was_free_before_is_no_cut(tmp_path: Path) -> None:
    old = policy()
    old["rules"][0]["except"] = {"senders": ["kliniek.example"]}
    old["never_protect"] = ["gmail.com"]
    new = {**old, "rules": [*old["rules"], with_mail("new", {"words": ["nieuw"]}, "nieuw")]}
    assert Measure(OWN).cuts(read(tmp_path, old, "old.yaml"), read(tmp_path, new)) == []


@pytest.mark.parametrize("profile", ["rules", "zorg"])
def test_the_shipped_rules_have_mails_that_they_are_known_by(tmp_path: Path, profile: str) -> None:
    text = (SHIPPED / f"{profile}.yaml").read_text()
    path = tmp_path / "rules.yaml"
    path.write_text(text)
    old = load_rules(path, tests=False)
    path.write_text(text + "\n# a note\n")
    assert Measure(OWN).cuts(old, load_rules(path, tests=False)) == []
    path.write_text(
        text.replace("version: 1\n", "version: 1\nnever_protect: [freemail]\n").replace("never_protect: []", "")
    )
    assert Measure(OWN).cuts(old, load_rules(path, tests=False))


@pytest.mark.parametrize("tests", ["7", "[x]", "{match: 7}", "{match: [{bodi: x}, 7, {headers: 7}, BSN 111222333]}"])
def test_tests_that_are_written_wrong_stop_nobody_who_does_not_run_them(tmp_path: Path, tests: str) -> None:
    """So it is when no policy is taken whole, and one without its tests is better than none."""
    path = tmp_path / "rules.yaml"
    text = f"version: 1\nrules:\n- {{id: a, name: {{en: A}}, level: 1, when: {{detector: bsn}}, tests: {tests}}}\n"
    path.write_text(text)
    with pytest.raises(FileProblems):
        load_rules(path)
    old = load_rules(path, tests=False)
    assert len(old.samples["a"]) == ("BSN" in tests)
    path.write_text(text.replace("level: 1", "level: 0"))
    assert Measure(OWN).cuts(old, load_rules(path, tests=False))


def test_very_many_rules_are_held_against_each_other(tmp_path: Path) -> None:
    many = {"version": 1, "rules": [with_mail(f"r{n}", {"words": [f"woord{n}"]}, f"woord{n}") for n in range(200)]}
    old = read(tmp_path, many, "old.yaml")
    for rule in many["rules"][:120]:  # type: ignore[index]
        rule["when"] = {"words": ["xyzzy"]}
        rule["tests"] = {}
    assert "lets pass what 120 of 200 rules protected" in Measure(OWN).cuts(old, read(tmp_path, many))
