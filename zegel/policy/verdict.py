"""What the policy says about one mail: a value with its reasons, nothing that acts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from zegel.policy.direct import Permission

Scope = Literal["files", "message"]
ACTIVATION = "activation"
"""The id under which an activation word is reported; no rule may be called so."""
ALWAYS = "always-protect"
"""The id under which a recipient of `always_protect` is reported; no rule may be called so."""
ANSWER = "answer"
"""The id under which an answer to somebody's protected reply is reported; no rule may be called so."""
BUILT_IN_NAMES = {
    ACTIVATION: {
        "nl": "beveiligd op verzoek van de afzender",
        "en": "protected at the sender's request",
        "de": "auf Wunsch des Absenders geschützt",
        "fr": "protégé à la demande de l’expéditeur",
    },
    ALWAYS: {
        "nl": "e-mail aan deze ontvanger is altijd beveiligd",
        "en": "e-mail to this recipient is always protected",
        "de": "E-Mail an diesen Empfänger ist immer geschützt",
        "fr": "un e-mail à ce destinataire est toujours protégé",
    },
    ANSWER: {
        "nl": "antwoord in een beveiligd gesprek",
        "en": "answer in a protected conversation",
        "de": "Antwort in einem geschützten Gespräch",
        "fr": "réponse dans une conversation protégée",
    },
}


def built_in_names(language: str) -> dict[str, str]:
    """What those are called that no rule may be called."""
    return {rule: named(names, language) for rule, names in BUILT_IN_NAMES.items()}


@dataclass(frozen=True, slots=True)
class Match:
    """What one rule found in one place."""

    rule: str
    detector: str
    """What found it: "bsn", "words:medical", "pattern", "filename", …"""
    where: str
    """subject, headers, body, attachments or filenames."""
    part: str
    """Path of the MIME part; for something inside a file "2:dir/a.docx"."""
    sample: str
    """The first value, masked; never the whole of it."""
    count: int
    """Distinct values in this place."""
    level: int
    place: str = ""
    """Where in the part the first value is: "sheet Clients, table 1, row 14, column BSN". Names of sheets and columns
    are the writer's: they belong in no log."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What has to happen to a mail, and why."""

    level: int
    """The highest over the recipients; 0 when there is nothing to protect."""
    levels: dict[str, int]
    """Per outside recipient; 0 for one that gets the mail as it is."""
    scope: Scope
    matches: tuple[Match, ...]
    """Of the rules that protect, also when every recipient is trusted."""
    observed: tuple[Match, ...]
    """Of the rules with level 0."""
    subject_hit: bool
    """Something sensitive stands in the subject; an activation word does not count."""
    header_hit: bool
    """Something sensitive stands in another header field, such as the name in From."""
    activation: tuple[str, ...]
    """The activation words that were used, as the policy writes them: take them out of the subject."""
    hit_parts: frozenset[str]
    """Paths of the attachments with findings."""
    rules: tuple[str, ...]
    """Ids of the rules that protect, the strongest first, else in the order of the file."""
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    """Names per rule and language, for `reason`."""
    direct: Mapping[str, Permission] = field(default_factory=dict)
    """Per protected recipient, whether the mail may be delivered directly, and by which proofs."""

    release: int = 0
    """The highest level at which an officer may release it in clear, because every rule that protects it says so; 2
    when nothing protects it."""
    blocked: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The rules that refuse the mail, in the order of the file, each with its reasons by language. Then nothing else
    happens to it."""

    def reason(self, language: str) -> str:
        """The name of the strongest rule in `language`, else in English, else in the one that it has; "" if none."""
        if not self.rules:
            return ""
        names = self.names.get(self.rules[0]) or BUILT_IN_NAMES.get(self.rules[0], {})
        return named(names, language) or self.rules[0]

    def refusal(self, language: str) -> str:
        """Why the mail is refused, in `language` as far as there is such a reason; "" when it is not."""
        for rule, reasons in self.blocked.items():
            return f"{named(reasons, language)} [{rule}]"
        return ""


def named(names: Mapping[str, str], language: str) -> str:
    """The name in `language`, else in English, else in the one that there is; "" when there is none."""
    return names.get(language) or names.get("en") or next(iter(names.values()), "")


def masked(value: str) -> str:
    """A value as it may be shown: at most three signs in front and two behind, never more than half of it.

    >>> masked("111222333"), masked("diabetes"), masked("hiv"), masked("NL91ABNA0417164300")
    ('111••••33', 'di••••es', 'h••', 'NL9•••••••••00')
    """
    value = " ".join(value.split())
    head, tail = min(3, len(value) // 3), min(2, len(value) // 4)
    if head + tail > (len(value) + 1) // 2:
        head -= 1
    hidden = min(len(value) - head - tail, 9)
    return value[:head] + "•" * hidden + value[len(value) - tail :]
