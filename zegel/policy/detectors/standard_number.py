"""Every number that python-stdnum knows: `stdnum: be.nn` in a rule, some 240 of them from 80 countries.

What is right is decided by the module of that number. Which candidates it gets to see follows from the examples in
its documentation, and from what it says to other lengths, to none of the letters in front, and to letters inside.
What the number is called stands there too. Many
have a weak check digit or none, so a rule that does not say otherwise finds them in context only.
Definitions: https://arthurdejong.org/python-stdnum/, each module names the register.

>>> nn = standard_number("be.nn")
>>> nn.judge("Rijksregisternummer (NISS) ", "85.07.30-033 28", "")
Judged(value='85073003328', confidence=<Confidence.CONTEXT: 2>, start=0, size=15)
>>> nn.judge("", "85.07.30-033 28", "").confidence, nn.judge("", "85.07.30-033 29", "") is None
(<Confidence.VALID: 1>, True)
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import stdnum
import stdnum.exceptions

from zegel.message.text.normalise import normalise
from zegel.policy.detectors.base import Confidence, Detector, Judged
from zegel.policy.detectors.context import alone, called

_NO_NUMBERS = frozenset(["damm", "exceptions", "iso7064", "luhn", "numdb", "util", "verhoeff"])
"""Modules that hold no number but ways to check one."""
_EXAMPLE = re.compile(r">>> (?:validate|is_valid|compact|format)\(u?'([^']+)'")
_NATIONS = re.compile(r"^(?:the |an? )*(?:[A-Z][a-z]+(?: Republic)?(?:'s)? )*(?=[a-z]|[A-Z]{2})")
_SEPARATOR = r"[ ./-]{0,3}"


@cache
def names() -> tuple[str, ...]:
    """All of them, such as `nl.bsn` and `isbn`."""
    found = []
    for module in pkgutil.walk_packages(stdnum.__path__, "stdnum."):
        name = module.name.removeprefix("stdnum.")
        if not module.ispkg and name.split(".")[0] not in _NO_NUMBERS:
            found.append(name)
    return tuple(sorted(found))


@cache
def standard_number(name: str) -> Detector:
    """The detector for the number called `name`. Raises KeyError when there is none."""
    if name not in names():
        raise KeyError(name)
    module = importlib.import_module(f"stdnum.{name}")
    labels = re.compile(rf"(?<![^\W\d_])(?:{'|'.join(map(re.escape, _labels(name, module)))})", re.IGNORECASE)
    return Detector(
        f"stdnum {name}", _shape(_spellings(module)), _judge(module, labels), Confidence.CONTEXT, most=4_000
    )


def _judge(module: Any, labels: re.Pattern[str]) -> Callable[[str, str, str], Judged | None]:
    def judge(before: str, candidate: str, after: str) -> Judged | None:
        """The number at the start of `candidate`, the longest that is right."""
        for end in sorted({found.end() for found in re.finditer(r"\w+", candidate)}, reverse=True):
            value = _valid(module, candidate[:end])
            if value is None:
                continue
            rest = candidate[end:] + after
            if not alone(before, rest):
                return None
            confidence = Confidence.CONTEXT if called(before, rest, labels) else Confidence.VALID
            return Judged(value, confidence, 0, end)
        return None

    return judge


def _valid(module: Any, written: str) -> str | None:
    if len(set(re.sub(r"[\W_]+", "", written))) < 2:
        return None
    for spelling in (written, written.upper()):
        try:
            return str(module.validate(spelling))
        except (stdnum.exceptions.ValidationError, ValueError, IndexError, KeyError, TypeError, AttributeError):
            continue
    return None


def _examples(module: Any) -> list[str]:
    """What the documentation of the module shows to be right, from the first letter or digit to the last."""
    right = []
    for written in _EXAMPLE.findall(module.__doc__ or ""):
        try:
            module.validate(written)
        except Exception:  # noqa: S112 (an example of what is wrong)
            continue
        right.append(normalise(re.sub(r"^[\W_]+|[\W_]+$", "", written)))
    return right


def _spellings(module: Any) -> list[str]:
    """The examples, and what the module takes besides: other lengths, no letters in front, letters inside."""
    examples = _examples(module)
    found = list(examples)
    for example in examples[:4]:
        signs = re.sub(r"[\W_]+", "", example)
        front = re.match("[A-Za-z]*", signs)
        assert front is not None
        bare = signs[front.end() :]
        if front[0] and bare.isdigit() and _why_not(module, bare) == "":
            found.append(bare)
        lengths = {n: _why_not(module, front[0] + ("1234567890" * 4)[:n]) != "InvalidLength" for n in range(4, 31)}
        if len(bare) in lengths and sum(lengths.values()) <= 4:  # a module that takes nearly any length says nothing
            found += [front[0] + ("1234567890" * 4)[:n] for n, right in lengths.items() if right]
        inside = signs[: front.end() + 1] + "A" + signs[front.end() + 2 :]
        if len(bare) > 5 and bare.isdigit() and _why_not(module, inside) == "InvalidChecksum":
            found.append(inside)
    return found


def _why_not(module: Any, number: str) -> str:
    """The name of the error that the module has for `number`; "" when it is right."""
    try:
        module.validate(number)
    except Exception as error:
        return type(error).__name__
    return ""


def _shape(examples: Iterable[str]) -> str:
    """The pattern for whatever looks like one of `examples`: the letters in front, then a digit, then the rest."""
    forms: dict[int, set[int]] = {}
    words: set[int] = set()
    letters = False
    for example in examples:
        signs = re.sub(r"[\W_]+", "", example)
        if not re.search(r"\d", signs):
            words.add(len(signs))
            continue
        front = len(signs) - len(signs.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))
        forms.setdefault(front, set()).add(len(signs) - front)
        letters = letters or not signs[front:].isdigit()
    sign = "[A-Z0-9]" if letters else r"\d"
    alternatives = [rf"[A-Z]{{{min(words)},{max(words)}}}"] if words else []
    for front, lengths in sorted(forms.items()) or [(0, {8, 14})]:
        head = _SEPARATOR.join(["[A-Z]"] * front) + (_SEPARATOR if front else "")
        rest = f"{{{max(0, min(lengths) - 1)},{max(lengths) - 1}}}"
        alternatives.append(rf"{head}\d(?:{_SEPARATOR}{sign}){rest}")
    return rf"(?i)\b(?:{'|'.join(alternatives)})\b"


def _labels(name: str, module: Any) -> list[str]:
    """What the number is called, from the first line of its documentation and the name of the module."""
    title = normalise((module.__doc__ or "").strip().split("\n")[0].rstrip("."))
    outside, _, inside = title.partition("(")
    called = [piece.strip() for piece in re.split(r",| or |\band\b", outside)]
    called += [_NATIONS.sub("", piece.strip(") ")) for piece in re.split(r",|\(", inside)]
    called += [name.rpartition(".")[2]]
    long = {piece for piece in called if len(piece) > 2 and not re.fullmatch(r"(?i)numbers?|codes?|the", piece)}
    return sorted({*long, *(piece.removesuffix(" number") for piece in long if len(piece) > 12)}, key=len, reverse=True)
