"""Changes to the text of rules.yaml as an officer asks for them: comments, order and style stay as they are.

Each change is a few signs put into the text where the parser says that the value stands. Not by a library that writes
the file anew: the officer's next look at the difference has to show what they changed, and nothing else. The result is
read again, and has to say what the old text said with that one change; else nothing is changed.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import yaml

from zegel.errors import ForPeople
from zegel.policy.language.places import Text, scalar

Change = Callable[[Any], None]


class CannotEdit(ForPeople):
    """The change cannot be made this way: there is no such rule or list, or it stands in another file."""


def add_word(text: str, name: str, word: str) -> str:
    """With `word` in the list called `name`, or in the words of the rule with that id. Raises CannotEdit."""
    word = word.strip()
    _of_one_line(word)
    file = _read(text)
    way = _words_of_list(file, name) or _words_of_rule(file, name)
    if way is None:
        raise CannotEdit(f"there is no list or rule '{name}' with words of its own in this file")
    if word in (file.value(way) or ()):
        raise CannotEdit(f"'{word}' is in '{name}' already")
    if file.node(way) is None:  # a list that has a file, or takes others in, and no words yet

        def put(document: Any) -> None:
            _at(document, way[:-1])["words"] = [word]

        return _checked(text, file.with_key(way[:-1], "words", f"[{scalar(word)}]"), put)
    return _checked(text, file.with_item(way, scalar(word)), lambda document: _at(document, way).append(word))


def set_level(text: str, rule: str, level: int) -> str:
    """With `level` for a rule: in the rule itself, or under `levels` for one that comes by `include`."""
    file = _read(text)
    at = _rule(file, rule)
    if at is not None:
        section = file.value(at)
        if section.get("level") == level:
            raise CannotEdit(f"rule '{rule}' has level {level} already")

        def change(document: Any) -> None:
            _at(document, at)["level"] = level

        if "level" in section:
            return _checked(text, file.with_value((*at, "level"), str(level)), change)
        return _checked(text, file.with_key(at, "level", str(level)), change)
    if not file.value(("include",)):
        raise CannotEdit(f"there is no rule '{rule}' in this file")
    levels = file.value(("levels",))
    if isinstance(levels, dict) and rule in levels:
        if levels[rule] == level and not isinstance(levels[rule], bool):
            raise CannotEdit(f"rule '{rule}' has level {level} already")
        new = file.with_value(("levels", rule), str(level))
    elif isinstance(levels, dict) and levels:
        new = file.with_key(("levels",), rule, str(level))
    else:
        new = file.with_top_key("levels", f"{{{scalar(rule)}: {level}}}")
    return _checked(text, new, lambda document: _put_level(document, rule, level))


def exempt_sender(text: str, rule: str, sender: str) -> str:
    """With mail from `sender`, an address or a domain, left alone by a rule of this file. Raises CannotEdit."""
    return _exempt(text, rule, "senders", sender)


def exempt_recipient(text: str, rule: str, recipient: str) -> str:
    """With mail to `recipient`, an address or a domain, left alone by a rule of this file. Raises CannotEdit."""
    return _exempt(text, rule, "recipients", recipient)


def trust_domain(text: str, domain: str) -> str:
    """With `domain` among the trusted ones. Raises CannotEdit."""
    domain = domain.strip()
    _of_one_line(domain)
    file = _read(text)
    known = file.value(("trusted_domains",))
    if domain in (known if isinstance(known, list) else [known]):
        raise CannotEdit(f"'{domain}' is trusted already")

    def change(document: Any) -> None:
        before = document.get("trusted_domains") or []
        document["trusted_domains"] = [*(before if isinstance(before, list) else [before]), domain]

    if isinstance(known, list):
        new = file.with_item(("trusted_domains",), scalar(domain))
    elif known is None and file.node(("trusted_domains",)) is None:
        new = file.with_top_key("trusted_domains", f"[{scalar(domain)}]")
    else:
        items = [scalar(known)] if known else []
        new = file.with_value(("trusted_domains",), f"[{', '.join([*items, scalar(domain)])}]")
    return _checked(text, new, change)


def _exempt(text: str, rule: str, kind: str, who: str) -> str:
    who = who.strip()
    _of_one_line(who)
    file = _read(text)
    at = _rule(file, rule)
    if at is None:
        hint = "; it may come by 'include', and then only its level can be changed here"
        raise CannotEdit(f"there is no rule '{rule}' in this file{hint}")
    let_pass = file.value((*at, "except"))
    known = let_pass.get(kind) if isinstance(let_pass, dict) else None
    if who in (known if isinstance(known, list) else [known]):
        raise CannotEdit(f"'{who}' is let pass by '{rule}' already")

    def change(document: Any) -> None:
        section = _at(document, at)
        section["except"] = dict(section.get("except") or {})
        before = section["except"].get(kind) or []
        section["except"][kind] = [*(before if isinstance(before, list) else [before]), who]

    where = (*at, "except", kind)
    if isinstance(known, list):
        new = file.with_item(where, scalar(who))
    elif known:
        new = file.with_value(where, f"[{scalar(known)}, {scalar(who)}]")
    elif let_pass:
        new = file.with_key((*at, "except"), kind, f"[{scalar(who)}]")
    elif file.node((*at, "except")) is not None:
        new = file.with_value((*at, "except"), f"{{{kind}: [{scalar(who)}]}}")
    else:
        new = file.with_key(at, "except", f"{{{kind}: [{scalar(who)}]}}")
    return _checked(text, new, change)


def _read(text: str) -> Text:
    """Raises CannotEdit when the file as it stands cannot be read."""
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.SafeLoader)):
            raise CannotEdit("the file uses aliases (*), which stand in several places at once; change it in the text")
        file = Text(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        raise CannotEdit("the file has mistakes; mend them in the text first") from None
    if not isinstance(file.value(()), dict):
        raise CannotEdit("the file holds no policy; start it with 'version: 1'")
    return file


def _words_of_list(file: Text, name: str) -> tuple[str | int, ...] | None:
    """Where the words of a list stand, or would."""
    way: tuple[str | int, ...] = ("lists", name)
    found = file.value(way)
    if isinstance(found, list):
        return way
    if isinstance(found, dict) and isinstance(found.get("words", []), list):
        return (*way, "words")
    return None


def _words_of_rule(file: Text, name: str) -> tuple[str | int, ...] | None:
    """The first words that stand in the condition of a rule itself."""
    at = _rule(file, name)
    return None if at is None else _first_words(file.value((*at, "when")), (*at, "when"))


def _first_words(condition: Any, way: tuple[str | int, ...]) -> tuple[str | int, ...] | None:
    if isinstance(condition, list):
        found = (_first_words(part, (*way, place)) for place, part in enumerate(condition))
        return next(filter(None, found), None)
    if not isinstance(condition, dict):
        return None
    if isinstance(condition.get("words"), list):
        return (*way, "words")
    kinds = [key for key in ("all", "any") if key in condition]
    return _first_words(condition[kinds[0]], (*way, kinds[0])) if kinds else None


def _rule(file: Text, name: str) -> tuple[str | int, ...] | None:
    rules = file.value(("rules",))
    for place, rule in enumerate(rules if isinstance(rules, list) else ()):
        if isinstance(rule, dict) and rule.get("id") == name:
            return ("rules", place)
    return None


def _put_level(document: Any, rule: str, level: int) -> None:
    document["levels"] = {**(document.get("levels") or {}), rule: level}


def _at(document: Any, way: tuple[str | int, ...]) -> Any:
    for step in way:
        document = document[step]
    return document


def _of_one_line(value: str) -> None:
    if not value or not value.isprintable():
        raise CannotEdit("write one word or phrase, on one line")


def _checked(old: str, new: str, change: Change) -> str:
    """`new`, when it says what `old` does with the change; else nothing is to be written."""
    expected = copy.deepcopy(yaml.safe_load(old))
    change(expected)
    try:
        found = yaml.safe_load(new)
    except yaml.YAMLError:
        found = None
    if found != expected:
        raise CannotEdit("this cannot be put into the file as it is written; change it in the text")
    return new
