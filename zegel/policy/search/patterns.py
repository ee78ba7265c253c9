"""All patterns of a policy, searched together in one pass.

The engine is RE2: its time is linear in the text, whatever the pattern. An `re2.Set` tells in one pass which
patterns occur (600 MB/s here when few do); only those are then run on their own, to learn where. Short texts are
joined for that pass, because a call costs more than a kilobyte of text.

A set that runs out of memory answers "nothing", without a word. That would be a leak; so every set holds one
pattern more, a canary that is added to every text. A set that does not see it is not believed, and all its
patterns are run.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import re2

from zegel.message.text.normalise import normalise

JOIN_BELOW = 4_096
"""Texts below this many bytes are joined for the pass over all patterns."""
MEMORY = 64 << 20
"""Bytes that the automaton of a set may take."""
_ANYWHERE = re2._Anchor.UNANCHORED
"""For the C++ object inside of a compiled pattern: asked directly it takes half the time for a candidate."""
_BETWEEN = b"\n\0\n"
"""Between joined texts. `normalise` leaves no NUL in a text."""
_LETTERS = str.maketrans("0123456789", "ghijklmnop")
"""Keeps digits out of the canary, so that no pattern of a number occurs in it."""


class PatternError(ValueError):
    """A pattern that RE2 refuses; the message says what is wrong and what to do."""


def _options(memory: int) -> Any:
    options = re2.Options()
    options.never_capture = True
    options.log_errors = False
    options.max_mem = memory
    return options


class Patterns:
    """Patterns that are searched together; immutable, and safe to use from many threads."""

    def __init__(
        self,
        sources: Sequence[str],
        memory: int = MEMORY,
        evidence: Mapping[int, int] | None = None,
        apart: Mapping[int, bytes] | None = None,
        lists: Collection[int] = (),
    ) -> None:
        """`evidence`: per pattern another that has to occur in a text too, or it counts as absent there.

        `apart`: patterns that slow the pass for all; they may occur in any text with the sign that is given for each.

        `lists`: those that are lists of words. They have an automaton of their own: a state of one says how far each of
        its patterns has come, so all of them with gaps and digits have many times the states, and new text asks for new
        ones.
        """
        self.sources = tuple(sources)
        """The patterns, by their numbers."""
        self._evidence = dict(evidence or {})
        options = _options(memory)
        self._canary = b"\0" + secrets.token_hex(8).translate(_LETTERS).encode()
        self._regexps = tuple(re2.compile(source.encode(), options) for source in sources)
        self._searches = tuple(regexp._regexp.Match for regexp in self._regexps)
        self._apart = dict(sorted((apart or {}).items()))
        together = [index for index in range(len(sources)) if index not in self._apart]
        words = [index for index in together if index in lists]
        rest = [index for index in together if index not in lists]
        encoded = [source.encode() for source in sources]
        self._sets = (*self._compiled(words, encoded, options), *self._compiled(rest, encoded, options))

    def _compiled(
        self, indexes: Sequence[int], sources: list[bytes], options: Any
    ) -> Iterator[tuple[Any, Sequence[int]]]:
        """One set over the patterns at `indexes`, or more when one is too large."""
        if not indexes:
            return
        one = re2.Set.SearchSet(options)
        try:
            for index in indexes:
                one.Add(sources[index])
            one.Add(self._canary)
            one.Compile()
            yield one, indexes
        except re2.error:
            if len(indexes) == 1:
                yield None, indexes
                return
            middle = len(indexes) // 2
            yield from self._compiled(indexes[:middle], sources, options)
            yield from self._compiled(indexes[middle:], sources, options)

    def occurring(self, texts: Sequence[bytes]) -> dict[int, list[int]]:
        """Which patterns may occur, with the indexes of the texts that they may occur in, in order."""
        found: dict[int, list[int]] = {}
        short = [index for index, text in enumerate(texts) if len(text) < JOIN_BELOW]
        batches = [(_BETWEEN.join(texts[index] for index in short), short)] if short else []
        batches += [(text, [index]) for index, text in enumerate(texts) if len(text) >= JOIN_BELOW]
        for data, indexes in batches:
            occurring = set(self._in(data))
            for pattern in occurring:
                if self._evidence.get(pattern, pattern) in occurring:
                    found.setdefault(pattern, []).extend(indexes)
        for pattern, sign in self._apart.items():
            among = found.get(self._evidence[pattern], []) if pattern in self._evidence else range(len(texts))
            if holding := [index for index in among if sign in texts[index]]:
                found[pattern] = holding
        return {pattern: sorted(indexes) for pattern, indexes in found.items()}

    def _in(self, data: bytes) -> Iterator[int]:
        watched = data + b"\n" + self._canary
        for one, indexes in self._sets:
            hits = one.Match(watched) if one is not None else None
            if hits and len(indexes) in hits:
                yield from (indexes[hit] for hit in hits if hit < len(indexes))
            else:
                yield from indexes

    def spans(self, pattern: int, text: bytes) -> Iterator[tuple[int, int]]:
        """Where `pattern` occurs in `text`, in bytes, left to right, not overlapping."""
        for match in self._regexps[pattern].finditer(text):
            yield match.span()

    def next_span(self, pattern: int, text: bytes, start: int) -> tuple[int, int] | None:
        """The first occurrence of `pattern` at or after the byte `start`."""
        span: tuple[int, int] = self._searches[pattern](_ANYWHERE, text, start, len(text))[0]
        return span if span[0] >= 0 else None


class PatternList:
    """The patterns of a policy while it is being read; equal ones share a number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._evidence: dict[int, int] = {}
        self._apart: dict[int, bytes] = {}
        self._lists: set[int] = set()

    def number(
        self, source: str, evidence: str = "", *, apart: bool = False, sign: bytes = b"", words: bool = False
    ) -> int:
        """The number under which `source` will be found, in texts in which `evidence` is found too.

        When it is `apart`, only where `sign` stands. With `words` it is a list of them.
        """
        number = self._numbers.setdefault(source, len(self._numbers))
        if apart:
            self._apart[number] = sign
        if words:
            self._lists.add(number)
        if evidence:
            self._evidence[number] = self.number(evidence)
        return number

    def compiled(self) -> Patterns:
        """All of them, ready to search."""
        return Patterns(tuple(self._numbers), evidence=self._evidence, apart=self._apart, lists=self._lists)


def compilable(source: str) -> bool:
    """Whether RE2 takes `source` within its memory."""
    try:
        re2.compile(source.encode(), _options(MEMORY))
    except re2.error:
        return False
    return True


def user_pattern(written: str) -> str:
    """The RE2 source for a pattern as a person wrote it: case ignored, ^ and $ at every line, accents folded.

    Raises PatternError.

    >>> user_pattern("dossiër \\\\d+")
    '(?im)dossier \\\\d+'
    >>> user_pattern("(?<=a)b")
    Traceback (most recent call last):
    zegel.policy.search.patterns.PatternError: looking ahead or behind, (?=…) (?!…) (?<=…) (?<!…), is not possible; ...
    """
    folded = "".join(sign if sign.isascii() else normalise(sign) for sign in written)
    for forbidden, reason in _NOT_SUPPORTED.items():
        if forbidden in folded.replace("\\\\", ""):
            raise PatternError(reason)
    source = f"(?im){folded}"
    try:
        regexp = re2.compile(source.encode(), _options(MEMORY))
    except re2.error as error:
        what = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else str(error)
        raise PatternError(_explained(what.replace("(?im)", "", 1))) from None
    if regexp.search(b"") or regexp.search(b"\n"):
        raise PatternError("this pattern also fits on nothing at all, so on every mail; ask for at least one sign")
    return source


_LOOK = (
    "looking ahead or behind, (?=…) (?!…) (?<=…) (?<!…), is not possible; "
    "match the words around it too, or use 'near:' or 'not:'"
)
_NOT_SUPPORTED = {
    "(?=": _LOOK,
    "(?!": _LOOK,
    "(?<=": _LOOK,
    "(?<!": _LOOK,
    "(?>": "atomic groups, (?>…), are not needed; write (?:…)",
    "\\A": "\\A is not possible; ^ stands for the begin of a line",
    "\\Z": "\\Z is not possible; $ stands for the end of a line",
    "\\z": "\\z is not possible; $ stands for the end of a line",
    "(?-m": "^ and $ always stand for begin and end of a line; take (?-m) away",
}


def _explained(error: str) -> str:
    """RE2's message for a person who wrote the pattern."""
    what, _, where = error.partition(": ")
    at = f" at '{where}'" if where else ""
    if what == "invalid escape sequence":
        if where[1:2].isdigit():
            return f"a reference to an earlier group, {where}, is not possible; write the part out again"
        return f"{where} means nothing here; for the sign itself write it without \\, or as [{where[1:]}]"
    hints = {
        "missing )": "a ( has no ); close it, or write \\( for the sign itself",
        "unexpected )": "a ) has no (; take it away, or write \\) for the sign itself",
        "missing ]": "a [ has no ]; close it, or write \\[ for the sign itself",
        "no argument for repetition operator": "nothing to repeat; for the sign itself write \\ before it",
        "bad repetition operator": "repeated twice; keep one of the two",
        "invalid repetition size": "repeated too often; 1000 times is the most",
        "invalid character class range": "the range runs backwards; turn its ends around",
    }
    if "too large" in what:
        return "the pattern is too large; make the numbers in { } smaller"
    return f"the pattern is not right{at}: {hints.get(what, what + '; correct it')}"
