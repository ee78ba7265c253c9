"""A rule in plain words: what it looks for, where, and who is excepted, in the language of the reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

from babel.lists import format_list

from zegel.i18n.catalogues import format_size, translations
from zegel.i18n.moments import locale_of
from zegel.mail.addresses import Addresses
from zegel.policy import conditions as c
from zegel.policy.case import Condition
from zegel.policy.detectors import DETECTORS, Confidence
from zegel.policy.envelope import FromSender, ManyRecipients, ToRecipient
from zegel.policy.near import Nearby, NearSeveral
from zegel.policy.rules import Rule
from zegel.policy.search.probes import DetectorProbe, PatternProbe, Probe, WordsProbe
from zegel.policy.verdict import Match, named
from zegel_console.detector_names import detector_name

FOLDER = Path(__file__).parent
_SHOWN = 8
"""Words, names or addresses that are shown of a longer list."""
_LONGEST = 80
"""Signs of a pattern that are shown."""


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence, and those that belong to it."""

    text: str
    parts: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleWords:
    """What a page says of a rule."""

    rule: Rule
    name: str
    about: tuple[str, ...]
    """In short, what is looked for."""
    looks_for: Words
    spares: tuple[str, ...]
    """Who and what is excepted, a sentence each."""


def rule_in_words(rule: Rule, language: str) -> RuleWords:
    """`rule` for who reads `language`."""
    said = _Said(language)
    name = named(rule.names, language) or rule.id
    about = tuple(dict.fromkeys(said.subjects(rule.condition)))
    return RuleWords(rule, name, about, said.condition(rule.condition), tuple(said.exceptions(rule)))


def found_in_words(match: Match, language: str) -> str:
    """What found something and where: "a citizen service number (BSN), in the text"."""
    said = _Said(language)
    return said.found(match)


class _Said:
    def __init__(self, language: str) -> None:
        self._language = language
        self._catalogue = translations(FOLDER, language)

    def condition(self, condition: Condition) -> Words:
        """What has to be so for the rule to fit."""
        _, ngettext = self._catalogue.gettext, self._catalogue.ngettext
        match condition:
            case c.AllOf():
                return self._several(_("All of this:"), condition.parts)
            case c.AnyOf():
                return self._several(_("One of these:"), condition.parts)
            case c.SomeOf():
                head = _("At least %(count)s of these:") % {"count": condition.at_least}
                return Words(head, tuple(map(self.condition, condition.parts)))
            case c.Not():
                return Words(_("Not:"), (self.condition(condition.part),))
            case c.InText():
                return self._in_text(condition)
            case c.FileName():
                return Words(self._often(self._called(condition), condition.at_least))
            case c.FileType():
                text = _("a file of the type %(types)s") % {"types": self.listed(condition.globs)}
                return Words(self._often(text, condition.at_least))
            case c.CannotBeRead():
                return Words(_("a file that is %(why)s") % {"why": self.listed(self._why(condition))})
            case c.HeaderField():
                return Words(self._with_value(_("the header field %(name)s"), condition))
            case c.FileProperty():
                return Words(self._with_value(_("a file with the property %(name)s"), condition))
            case c.LargerThan():
                return Words(_("a message over %(size)s") % {"size": format_size(condition.size, self._language)})
            case FromSender():
                return Words(_("sent by %(people)s") % {"people": self.people(condition.senders)})
            case ToRecipient():
                return Words(_("sent to %(people)s") % {"people": self.people(condition.recipients)})
            case ManyRecipients():
                count = condition.at_least
                text = ngettext("sent to %(count)s person outside", "sent to %(count)s people outside or more", count)
                return Words(text % {"count": count})
        raise AssertionError(f"no words for {type(condition).__name__}")

    def found(self, match: Match) -> str:
        _ = self._catalogue.gettext
        kind, _colon, name = match.detector.partition(":")
        what = {
            "words": _("a word of the list “%(name)s”") % {"name": name} if name else _("a word"),
            "pattern": _("a pattern"), "filename": _("the name of a file"), "filetype": _("the type of a file"),
            "unreadable": _("a file that cannot be read"), "header": _("the head of the message"),
            "property": _("a property of a file"),
        }.get(kind) or detector_name(match.detector, _)  # fmt: skip
        places = self.listed(self._places(frozenset({match.where})))
        return (
            what
            if (kind not in DETECTORS and kind != "words") or not places
            else self._joined(what, _("in %(places)s") % {"places": places})
        )

    def subjects(self, condition: Condition) -> Iterator[str]:
        """What is looked for, in short, without what rules it out."""
        if isinstance(condition, c.AllOf | c.AnyOf | c.SomeOf):
            for part in condition.parts:
                yield from self.subjects(part)
        elif isinstance(condition, c.InText):
            probe = condition.probe
            yield self._catalogue.gettext("a pattern") if isinstance(probe, PatternProbe) else self._probe(probe, 3)
        elif isinstance(condition, c.FileName):
            yield self._called(condition, 2)
        elif not isinstance(condition, c.Not):
            yield self.condition(condition).text

    def exceptions(self, rule: Rule) -> Iterator[str]:
        """Who and what the rule lets pass."""
        _, ngettext = self._catalogue.gettext, self._catalogue.ngettext
        if rule.senders:
            yield _("E-mail from %(people)s is not looked at.") % {"people": self.people(rule.senders)}
        if rule.recipients:
            yield _("E-mail to %(people)s leaves as it is.") % {"people": self.people(rule.recipients)}
        if count := len(rule.values):
            yield ngettext("%(count)s value does not count.", "%(count)s values do not count.", count) % {
                "count": count
            }

    def people(self, people: Addresses) -> str:
        return self.listed(sorted(people))

    def listed(self, items: Iterable[str], most: int = _SHOWN) -> str:
        """Any of them; of many some, and how many more there are."""
        found = list(items)
        if len(found) <= most + 1:
            return format_list(found, style="or", locale=locale_of(self._language))
        more = self._catalogue.gettext("%(some)s and %(count)s more")
        return more % {"some": ", ".join(found[:most]), "count": len(found) - most}

    def _several(self, head: str, parts: Sequence[Condition]) -> Words:
        if len(parts) == 1:
            return self.condition(parts[0])
        return Words(head, tuple(map(self.condition, parts)))

    def _in_text(self, condition: c.InText) -> Words:
        _ = self._catalogue.gettext
        told = [self._often(self._probe(condition.probe), condition.at_least)]
        if condition.per_part:
            told.append(_("together in one text or file"))
        if condition.places != frozenset(c.PLACES):
            told.append(_("in %(places)s") % {"places": self.listed(self._places(condition.places))})
        probe = condition.probe
        if isinstance(probe, DetectorProbe) and condition.confidence is not probe.detector.confidence:
            sure = condition.confidence is Confidence.CONTEXT
            told.append(_("called so by the words around it") if sure else _("also when nothing around it says so"))
        text = self._joined(*told)
        return Words(text) if condition.near is None else self._near(text, condition.near)

    def _near(self, text: str, near: Nearby) -> Words:
        _, ngettext = self._catalogue.gettext, self._catalogue.ngettext
        if isinstance(near, NearSeveral):
            head = _("with all of this close by:") if near.every else _("with one of these close by:")
            return Words(self._joined(text, head) if text else head, tuple(self._near("", part) for part in near.parts))
        close = ngettext("%(what)s, at most %(count)s character away", "%(what)s, at most %(count)s characters away",
                         near.within) % {"what": self._probe(near.probe), "count": near.within}  # fmt: skip
        return Words(self._joined(text, _("close by:")), (Words(close),)) if text else Words(close)

    def _probe(self, probe: Probe, most: int = _SHOWN) -> str:
        _ = self._catalogue.gettext
        if isinstance(probe, DetectorProbe):
            return detector_name(probe.detector.name, _)
        if isinstance(probe, WordsProbe) and probe.words.name:
            return _("a word of the list “%(name)s”") % {"name": probe.words.name}
        if isinstance(probe, WordsProbe):
            return _("one of the words %(words)s") % {"words": self.listed(probe.words.entries, most)}
        source = probe.source.removeprefix("(?im)") if isinstance(probe, PatternProbe) else ""
        short = source if len(source) <= _LONGEST else source[:_LONGEST] + "…"
        return _("what fits the pattern %(pattern)s") % {"pattern": short}

    def _joined(self, *told: str) -> str:
        return reduce(lambda one, more: self._catalogue.gettext("%(one)s; %(more)s") % {"one": one, "more": more}, told)

    def _called(self, condition: c.FileName, most: int = _SHOWN) -> str:
        return self._catalogue.gettext("a file called %(names)s") % {"names": self.listed(condition.globs, most)}

    def _often(self, text: str, count: int) -> str:
        if count == 1:
            return text
        return self._catalogue.gettext("%(what)s, %(count)s different ones or more") % {"what": text, "count": count}

    def _places(self, places: frozenset[str]) -> Iterator[str]:
        _ = self._catalogue.gettext
        names = {
            "subject": _("the subject"), "headers": _("the head of the message"), "body": _("the text"),
            "attachments": _("files"), "filenames": _("names of files"),
        }  # fmt: skip
        return (names[place] for place in c.PLACES if place in places)

    def _why(self, condition: c.CannotBeRead) -> Iterator[str]:
        _ = self._catalogue.gettext
        names = {
            "encrypted": _("encrypted"), "corrupt": _("damaged"), "limit": _("too large or too deep"),
            "timeout": _("too slow to read"), "unsupported": _("of an unknown format"),
        }  # fmt: skip
        return (words for kind, words in names.items() if kind in condition.kinds)

    def _with_value(self, text: str, condition: c.HeaderField | c.FileProperty) -> str:
        text = text % {"name": condition.name}
        return text if condition.globs == ("*",) else f"{text}: {self.listed(condition.globs)}"
