"""A set of mails made anew at each run from grammars: layouts, phrasings, numbers, formats and languages by chance.

Each sensitive mail has a harmless twin that differs in one thing: nobody is spoken of, the number is called otherwise,
a newsletter tells of the illness. As many harmless mails again have no twin. The grammars are in `grammar/`, a file
per language; its first lines say how they are written. They know nothing of the word lists and detectors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from random import Random

from tests.quality import numbers
from tests.quality.cases import Made
from tests.quality.layouts import FORMATS, TABLE_FORMATS, written_as
from zegel.policy.detectors.mrz import check_digit

GRAMMARS = Path(__file__).with_name("grammar")
LANGUAGES = {"nl": 12, "en": 4, "de": 1, "fr": 1}
"""How often each is chosen."""
_HOLE = re.compile(r"\{(\w+)\}")
_CHOICE = re.compile(r"<([^<>|]+(?:\|[^<>|]+)+)>")
_TWIN = re.compile(r"\[\[(.*?)\|\|(.*?)\]\]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """One kind of mail."""

    kind: str
    level: int
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Grammar:
    """The symbols and blocks of a language."""

    symbols: dict[str, list[str]]
    sensitive: tuple[Block, ...]
    harmless: tuple[Block, ...]


@cache
def grammar(language: str) -> Grammar:
    """The grammar in the file of a language."""
    text = re.sub(r"^#.*\n", "", (GRAMMARS / f"{language}.txt").read_text(encoding="utf-8"), flags=re.MULTILINE)
    head, *pieces = re.split(r"^== ", text, flags=re.MULTILINE)
    symbols = {name: choices.split(" | ") for name, choices in re.findall(r"^@(\w+): (.+)$", head, re.MULTILINE)}
    blocks = []
    for piece in pieces:
        first, subject, body = piece.split("\n", 2)
        kind, level = first.split()
        blocks.append(Block(kind, int(level), subject, body.strip("\n")))
    return Grammar(symbols, tuple(b for b in blocks if b.level), tuple(b for b in blocks if not b.level))


class Drawing:
    """Expands what a grammar holds, by chance."""

    def __init__(self, symbols: dict[str, list[str]], chance: Random) -> None:
        self._symbols, self._chance = symbols, chance

    def text(self, written: str, sensitive: bool) -> str:
        """`written` with every choice made; both halves of a twin are drawn, so that the rest is the same."""
        pieces, end = [], 0
        for twin in _TWIN.finditer(written):
            both = self._drawn(twin[1]), self._drawn(twin[2])
            pieces += [self._drawn(written[end : twin.start()]), both[0] if sensitive else both[1]]
            end = twin.end()
        return "".join([*pieces, self._drawn(written[end:])]).replace("\\n", "\n")

    def _drawn(self, written: str) -> str:
        while choice := _CHOICE.search(written):
            chosen = self._chance.choice(choice[1].split("|"))
            written = written[: choice.start()] + chosen + written[choice.end() :]
        while _HOLE.search(written):
            written = _HOLE.sub(lambda hole: self._symbol(hole[1]), written)
        return written

    def _symbol(self, name: str) -> str:
        if name == "Last":
            last = self._chance.choice(self._symbols["last"])
            return last[0].upper() + last[1:]
        return self._chance.choice(self._symbols[name]) if name in self._symbols else self._number(name)

    def _number(self, name: str) -> str:
        chance = self._chance
        match name:
            case "bsn":
                digits = numbers.bsn(chance)
                spaced = f"{digits[:3]} {digits[3:6]} {digits[6:]}"
                return chance.choice([digits, digits, digits, spaced, spaced.replace(" ", "."), _in_old_groups(digits)])
            case "nine":
                return numbers.bsn(chance)
            case "bad":
                return numbers.not_bsn(chance)
            case "card" | "sixteen":
                digits = numbers.card(chance)
                return chance.choice(
                    [digits, " ".join(re.findall("....", digits)), "-".join(re.findall("....", digits))]
                )
            case "iban":
                return numbers.iban(chance)
            case "doc":
                return numbers.document(chance)
            case "ten":
                return f"{chance.randrange(10**9, 10**10)}"
            case "child":
                return str(chance.randrange(3, 17))
            case "pass":
                word = chance.choice(["Zomer", "Tulp", "Regen", "hond", "Fiets", "kasteel", "Oranje", "Vlieger"])
                return word + chance.choice(["!", "_", "#", "-", ""]) + f"{chance.randrange(10, 9999)}"
            case "mrz":
                return _mrz(chance)
        raise KeyError(name)


def _in_old_groups(digits: str) -> str:
    return f"{digits[:4]}.{digits[4:6]}.{digits[6:]}"


def _mrz(chance: Random) -> str:
    number = numbers.document(chance)
    birth, expiry = f"{chance.randrange(40, 99)}0{chance.randrange(1, 9)}1{chance.randrange(10)}", "310412"
    first = f"{number}{check_digit(number)}NLD{birth}{check_digit(birth)}F{expiry}{check_digit(expiry)}{'<' * 14}0"
    return f"P<NLDDE<VRIES<<ANNA{'<' * 25}\n{first}{check_digit(first[:10] + first[13:20] + first[21:43])}"


def generated(seed: int, sensitive: int, harmless: int) -> Iterator[Made]:
    """So many mails of both kinds; a sensitive mail and its twin follow each other."""
    chance = Random(seed)
    for number in range(sensitive):
        language = chance.choices(list(LANGUAGES), list(LANGUAGES.values()))[0]
        block = chance.choice(grammar(language).sensitive)
        own = chance.randrange(2**32)
        for is_sensitive in (True, False)[: 1 + (number < harmless)]:
            yield _made(f"{seed}-{number}-{'ab'[not is_sensitive]}", language, block, own, is_sensitive)
    for number in count():
        if number >= harmless - sensitive:
            break
        language = chance.choices(list(LANGUAGES), list(LANGUAGES.values()))[0]
        block = chance.choice(grammar(language).harmless)
        yield _made(f"{seed}-{number}-c", language, block, chance.randrange(2**32), False)


def _made(name: str, language: str, block: Block, seed: int, is_sensitive: bool) -> Made:
    chance = Random(seed)
    drawing = Drawing(grammar(language).symbols, chance)
    form = chance.choice(TABLE_FORMATS if ";" in block.body.partition("\n")[0] else FORMATS)
    subject = drawing.text(block.subject, is_sensitive)
    raw = written_as(form, subject, drawing.text(block.body, is_sensitive), language)
    return Made(name, block.kind, form, language, block.level if is_sensitive else 0, raw)
