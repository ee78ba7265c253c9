"""Folds what a mail quotes, so that a conversation shows what was written and not all of it again and again.

Works on what portal/mail/sanitise.py wrote, whose elements are closed in order.
"""

from __future__ import annotations

import re

_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)([^<>]*)>")
_VOID = {"br", "col", "hr", "img", "wbr"}
_QUOTING_CLASS = re.compile(r' class="[^"]*\b(?:gmail_quote|moz-cite-prefix|yahoo_quoted|protonmail_quote)\b')
_OUTLOOK_LINE = re.compile(r' style="[^"]*border-top:solid ')
_OUTLOOK_HEAD = re.compile(r"(?:From|Van|Von|De|Sent|Verzonden|Gesendet)\s*(?:</[a-z]+>|\s)*:", re.IGNORECASE)
_HEAD_LENGTH = 400
"""Characters behind the line of Outlook in which the sender of what it quotes is named."""


def fold_quotes(html: str, word: str) -> str:
    """`html` with each quotation inside a <details> whose <summary> says `word` (as HTML).

    >>> fold_quotes("<p>Yes.</p><blockquote><p>Really?</p></blockquote>", "Quote")
    '<p>Yes.</p><details class="zegel-quote"><summary>Quote</summary><blockquote><p>Really?</p></blockquote></details>'
    """
    opening = f'<details class="zegel-quote"><summary>{word}</summary>'
    made: list[str] = []
    end = depth = 0
    until, whole = -1, False  # the depth at which the open quotation ends, -1 when none is
    for found in _TAG.finditer(html):
        closing, tag, rest = found.groups()
        if tag in _VOID:
            continue
        if closing:
            depth -= 1
            if until >= 0 and depth < until:
                made.append(html[end : found.start()] + "</details>")
                end, until = found.start(), -1
            elif until >= 0 and depth == until and not whole:
                made.append(html[end : found.end()] + "</details>")
                end, until = found.end(), -1
            continue
        if until < 0 and (how := _quotes(tag, rest, html, found.end())):
            made.append(html[end : found.start()] + opening)
            end, until, whole = found.start(), depth, how == "rest"
        depth += 1
    return "".join(made) + html[end:] + ("</details>" if until >= 0 else "")


def _quotes(tag: str, attributes: str, html: str, end: int) -> str:
    """Whether an element is a quotation ("itself"), or begins one that goes on behind it ("rest")."""
    if tag == "blockquote" or (tag == "div" and _QUOTING_CLASS.search(attributes)):
        return "itself"
    if tag == "div" and _OUTLOOK_LINE.search(attributes):
        head = re.sub(r"<[^<>]*>", "", html[end : end + 2 * _HEAD_LENGTH])[:_HEAD_LENGTH]
        return "rest" if _OUTLOOK_HEAD.search(head) else ""
    return ""
