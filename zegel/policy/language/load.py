"""The door to the policy: `load_rules` reads rules.yaml whole, tries it, and gives the `Rules` that judge mails.

A file with any mistake in it is refused with all its mistakes, each at its line, so that what is in force is
always what somebody meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zegel.mail.addresses import AddressError, Addresses, listed
from zegel.message.reader import ReadOptions
from zegel.policy.case import plain
from zegel.policy.direct import DirectPolicy
from zegel.policy.envelope import ToRecipient
from zegel.policy.foresight import asks
from zegel.policy.language.compiler import Compiler
from zegel.policy.language.include import MayRead, any_file, read_whole
from zegel.policy.language.rule_tests import samples_of, try_rule
from zegel.policy.language.section_reader import Reading
from zegel.policy.language.sections import Exceptions, PolicySection, RuleSection
from zegel.policy.language.word_lists import ListBook
from zegel.policy.rules import ActivationWord, People, Rule, Rules
from zegel.policy.search.patterns import PatternList
from zegel.policy.search.words import fold, literal
from zegel.yamlfile import FileProblems, Location

_OF_PEOPLE = {"trusted_domains", "never_protect", "always_protect"}
"""The keys at the top that hold addresses or domains, or names of lists of them."""
__all__ = ["Rules", "load_rules"]


def load_rules(path: Path, *, tests: bool = True, text: str | None = None, may_read: MayRead = any_file) -> Rules:
    """The policy in `path`, with the word lists beside it; without `tests` those that its rules bring are not run.

    With `text` the policy that would be there if the file held that, and named no files but those it `may_read`.
    Raises FileProblems with every mistake in it.
    """
    whole = read_whole(path, text, may_read)
    document = whole.document
    if not isinstance(document, dict):
        raise FileProblems([whole.marks.problem((), "the file holds no policy; start it with 'version: 1'")])
    reading = Reading(document, whole.marks)
    reading.problems += whole.problems
    lists = ListBook(reading, path.parent, may_read)
    for key in _OF_PEOPLE & set(document):
        document[key] = lists.addresses(document[key])
    policy = reading.section(PolicySection, document, ())
    asked = document.get("activation") or document.get("always_protect")
    if document.get("rules", True) in ([], None) and not asked:
        reading.problem(("rules",), "there are no rules, so nothing is protected; write one, or 'include: shipped'")
    patterns = PatternList()
    compiled = _rules(reading, Compiler(reading, lists, patterns), lists, document.get("rules"))
    activation = _activation(policy, reading, patterns)
    people = _people(policy, reading)
    direct = _direct(policy, reading)
    ready = patterns.compiled()
    tried: dict[str, int] = {}
    for rule, samples, at in compiled:
        tried[rule.id] = try_rule(rule, samples, ready, reading, at) if tests and samples is not None else 0
    if reading.problems:
        raise FileProblems(dict.fromkeys(reading.problems))
    files = {**whole.files, **lists.files}
    options = ReadOptions(policy.archive_passwords, policy.picture_seconds) if policy else ReadOptions()
    found = {rule.id: samples_of(samples) for rule, samples, _ in compiled}
    return Rules([rule for rule, _, _ in compiled], ready, activation, people, files, options, tried, direct, found)


def _rules(reading: Reading, compiler: Compiler, lists: ListBook, raw: Any) -> list[tuple[Rule, Any, Location]]:
    """The rules that are right, each with its tests and the place of these."""
    compiled = []
    seen: set[str] = set()
    for place, written in enumerate(raw if isinstance(raw, list) else ()):
        at: Location = ("rules", place)
        if isinstance(written, dict) and written.get("level") == "off":
            continue
        if isinstance(written, dict) and isinstance(written.get("except"), dict):
            expanded = {
                k: lists.addresses(v) if k in ("senders", "recipients") else v for k, v in written["except"].items()
            }
            written = {**written, "except": expanded}
        if isinstance(written, dict) and written.get("block") is True:
            written = {"level": 1, **written}
        section = reading.section(RuleSection, written, at)
        if not isinstance(written, dict):
            continue
        condition = compiler.condition(written["when"], (*at, "when")) if "when" in written else None
        name = written.get("id")
        if isinstance(name, str):
            if name in seen:
                reading.problem((*at, "id"), f"there is a rule '{name}' already; give this one another id")
            seen.add(name)
        if section is None or not _fits_together(section, written, reading, at) or condition is None:
            continue
        let_pass = section.except_ or Exceptions()
        rule = Rule(
            id=section.id,
            names=section.name.given,
            level=section.level,
            whole_message=section.scope == "message",
            condition=condition,
            senders=Addresses(let_pass.senders or (), surely=True),
            recipients=Addresses(let_pass.recipients or (), surely=True),
            values=frozenset(map(plain, let_pass.values or ())),
            direct=section.direct,
            release=section.release.up_to_level if section.release else 0,
            reasons=section.reason.given if section.reason else {},
            per_recipient=asks(condition, ToRecipient),
        )
        compiled.append((rule, section.tests, (*at, "tests")))
    return compiled


def _fits_together(section: RuleSection, written: Any, reading: Reading, at: Location) -> bool:
    """Whether `block` and `reason` stand together, `release` fits the level, and nothing is there for nothing."""
    before = len(reading.problems)
    if section.reason and not section.block:
        message = "'reason' is what the sender of a refused mail is told, and this rule refuses none; add 'block: true'"
        reading.problem((*at, "reason"), message, of_key=True)
    if section.block and section.reason is None:
        message = "the key 'reason' is missing; write what the sender is told, as 'reason: {nl: …, en: …}'"
        reading.problem((*at, "block"), message, of_key=True)
    if section.block and section.level > 1:
        message = "a mail that is refused has no level; take it away, or write 0 to try the rule out"
        reading.problem((*at, "level"), message, of_key=True)
    if section.release and not section.block and section.level > section.release.up_to_level:
        message = "this rule is of level 2, which may be released only where that is said; write 'up_to_level: 2'"
        shown = f"{message}, as 'release: {{by: officer, up_to_level: 2}}'"
        reading.problem((*at, "release"), shown, of_key=True)
    for key in ("scope", "direct", "release") if section.block else ():
        if key in written:
            message = f"'{key}' means nothing where the mail is refused; take it away"
            reading.problem((*at, key), message, of_key=True)
    return len(reading.problems) == before


def _activation(policy: PolicySection | None, reading: Reading, patterns: PatternList) -> list[ActivationWord]:
    words: dict[str, ActivationWord] = {}
    for place, one in enumerate(policy.activation if policy else ()):
        if fold(one.word) in words:
            reading.problem(("activation", place, "word"), f"'{one.word}' stands here a second time; keep one")
        words[fold(one.word)] = ActivationWord(one.word, one.level, patterns.number(literal(one.word)))
    return list(words.values())


def _people(policy: PolicySection | None, reading: Reading) -> People:
    if policy is None:
        return People(Addresses(), Addresses(), Addresses(), {})
    for place, entry in enumerate(policy.always_protect):
        if entry in policy.never_protect:
            message = f"'{entry}' stands under never_protect too; take it out of one of the two"
            reading.problem(("always_protect", place), message)
    minimum = _levels(policy.minimum_level, ("minimum_level",), reading)
    return People(
        trusted=Addresses((each.domain for each in policy.trusted_domains if not each.tls), surely=True),
        never=Addresses(policy.never_protect, surely=True),
        always=Addresses(policy.always_protect),
        minimum=minimum,
    )


def _direct(policy: PolicySection | None, reading: Reading) -> DirectPolicy:
    if policy is None:
        return DirectPolicy()
    trusted = Addresses((each.domain for each in policy.trusted_domains if each.tls), surely=True)
    section = policy.direct_delivery
    if section is None:
        return DirectPolicy(trusted=trusted)
    return DirectPolicy(
        up_to_level=section.up_to_level,
        proofs=section.proof,
        domains=None if section.domains is None else Addresses(section.domains, surely=True),
        never=Addresses(section.never),
        levels=_levels(section.levels, ("direct_delivery", "levels"), reading),
        trusted=trusted,
    )


def _levels(written: Mapping[str, int], at: Location, reading: Reading) -> dict[str, int]:
    """Levels by address or domain, as lists mean them."""
    levels: dict[str, int] = {}
    for name, level in written.items():
        try:
            levels[listed(name)] = level
        except AddressError as error:
            reading.problem((*at, name), str(error), of_key=True)
    return levels
