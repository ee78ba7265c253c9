"""A verdict put into words, for people and for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from zegel.message.reader import Mail
from zegel.policy.believed import Reason, in_words
from zegel.policy.direct import OFF
from zegel.policy.near_misses import NearMiss
from zegel.policy.verdict import ANSWER, Match, Verdict

_KEYS = ("rule", "detector", "where", "part", "sample", "count", "place")
_NEAREST = 3
"""Near misses that are told to people in full."""
_DOES = {0: "leaves as it is", 1: "is protected with a password", 2: "is protected with a code"}
_WHAT = {"files": " (only its files)", "message": " (the whole message)"}


def as_json(name: str, mail: Mail, verdict: Verdict, nearly: Sequence[NearMiss], numbers: Sequence[Reason] = ()) -> str:
    """One line for programs."""
    return _dumped(
        {
            "file": name,
            "level": verdict.level,
            "scope": verdict.scope,
            **({"refused": list(verdict.blocked)} if verdict.blocked else {}),
            "matches": _listed(verdict.matches),
            "observed": _listed(verdict.observed),
            "activation": list(verdict.activation),
            **_direct_keys(verdict),
            **({"release": verdict.release} if _releases(verdict) else {}),
            "nearly": [{"rule": n.rule, "found": _listed(n.found), "missing": list(n.missing)} for n in nearly],
            "numbers": [{**asdict(number), "believed": number.believed} for number in numbers],
            "unreadable": [asdict(item) for item in mail.unreadable],
        }
    )


def for_people(
    name: str,
    mail: Mail,
    verdict: Verdict,
    nearly: Sequence[NearMiss],
    numbers: Sequence[Reason] = (),
    free: Sequence[str] = (),
) -> str:
    """What happens to a mail, and why; why each number was believed or not; then what nearly would have happened.

    `free` are the recipients to whom everything leaves as it is.
    """
    lines = [f"{name}: {_does(verdict)}"]
    lines += [f"  to {each}: as it is, because never_protect or trusted_domains names them" for each in free]
    for match in verdict.matches:
        lines.append("  answers a protected reply" if match.rule == ANSWER else f"  rule {match.rule}: {_match(match)}")
    for word in verdict.activation:
        lines.append(f"  asked for with the word {word}")
    lines += _direct_lines(verdict)
    if _releases(verdict):
        whom = "" if verdict.level <= verdict.release else f" to recipients of level {verdict.release}"
        lines.append(f"  an officer may have it sent as an ordinary e-mail{whom}, as a false alarm (release)")
    for match in verdict.observed:
        lines.append(f"  on trial, rule {match.rule}: {_match(match)}")
    lines += [f"  {words}" for words in in_words(numbers)]
    told = sorted(nearly, key=lambda miss: len(miss.missing))[:_NEAREST]
    for miss in (each for each in nearly if each in told):
        lines.append(f"  nearly, rule {miss.rule} (level {miss.level}): {'; '.join(map(_match, miss.found))}")
        lines += [f"    missing: {words}" for words in miss.missing]
    if others := [each.rule for each in nearly if each not in told]:
        lines.append(f"  less nearly, rule {', '.join(others)}: --json says what they missed")
    for item in mail.unreadable:
        lines.append(f"  cannot be read: part {item.part} {item.name} ({item.kind})")
    return "\n".join(lines)


def _releases(verdict: Verdict) -> bool:
    """Whether an officer could let somebody have it in clear."""
    lowest = min((level for level in verdict.levels.values() if level), default=0)
    return bool(verdict.level) and not verdict.blocked and 0 < lowest <= verdict.release


def _direct_keys(verdict: Verdict) -> dict[str, object]:
    """By which proofs each recipient may get it directly; nothing where the policy does not ask for it."""
    found = {each: list(permission.proofs) for each, permission in verdict.direct.items() if permission.why_not != OFF}
    return {"direct": found} if found else {}


def _direct_lines(verdict: Verdict) -> list[str]:
    lines = []
    for recipient, (proofs, why_not) in verdict.direct.items():
        if proofs:
            lines.append(
                f"  to {recipient}: directly where {' or '.join(proofs)} proves the connection, else by a link"
            )
        elif why_not != OFF:
            lines.append(f"  to {recipient}: by a link, because {why_not}")
    return lines


def difference(name: str, before: Verdict, after: Verdict, json_line: bool) -> str:
    """How two policies differ about a mail; "" when both treat it alike."""
    if _treated(before) == _treated(after):
        return ""
    if json_line:
        both = {"old": before, "new": after}
        keys = {k: {"levels": v.levels, "scope": v.scope, "rules": list(v.blocked or v.rules)} for k, v in both.items()}
        return _dumped({"file": name, **keys})
    lines = [f"{name}:"]
    for which, verdict in (("old", before), ("new", after)):
        told = verdict.rules and verdict.level and not verdict.blocked
        because = f", by {', '.join(verdict.rules)}" if told else ""
        lines.append(f"  {which}: {_does(verdict)}{because}")
    for recipient in before.levels:
        old, new = before.levels[recipient], after.levels.get(recipient, 0)
        if old != new and len(before.levels) > 1 and not (before.blocked or after.blocked):
            lines.append(f"  to {recipient}: level {old}, then {new}")
    return "\n".join(lines)


def _treated(verdict: Verdict) -> tuple[object, ...]:
    """What of a verdict makes a difference to anybody."""
    if verdict.blocked:
        return (verdict.refusal("en"),)
    return (verdict.levels, verdict.scope if verdict.level else "", {match.rule for match in verdict.observed})


def _does(verdict: Verdict) -> str:
    if verdict.blocked:
        return f"is refused: {verdict.refusal('en')}"
    return _DOES[verdict.level] + (_WHAT[verdict.scope] if verdict.level else "")


def _match(match: Match) -> str:
    if not match.count:
        return "the mail as a whole"
    where = f"{match.where} {match.part}".rstrip() + (f", {match.place}" if match.place else "")
    return f"{match.count} x {match.detector}, {match.sample}, in {where}"


def _listed(matches: Sequence[Match]) -> list[dict[str, object]]:
    return [{key: getattr(match, key) for key in _KEYS} for match in matches]


def _dumped(line: object) -> str:
    return json.dumps(line, ensure_ascii=sys.stdout.encoding.lower() not in ("utf-8", "utf8"))
