"""The sender's own HTML, with a card at its end; and text made into HTML."""

from __future__ import annotations

import re
from html import escape

_MARK = re.compile(
    r"<!--|<(?P<raw>script|style|title|textarea|xmp|iframe|noembed|noframes)\b|<plaintext\b|(?P<end></body\b)",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"<!--|<(?P<raw>script|style|title|textarea|xmp|iframe|noembed|noframes)\b|(?P<head></head\s{0,100}>)"
    r"|(?P<body><body\b(?:[^>\"']|\"[^\"]{0,5000}\"|'[^']{0,5000}'){0,5000}>)",
    re.IGNORECASE,
)
_BEGINNING = re.compile(r"\s{0,1000}(?:<!doctype[^<>]{0,1000}>\s{0,1000})?(?:<html\b[^<>]{0,2000}>)?", re.IGNORECASE)
_CHARSET = re.compile(r"(<meta\b[^<>]{0,500}?charset\s{0,20}=\s{0,20}[\"']?)[\w.:-]+", re.IGNORECASE)


def with_card(html: str, card: str) -> str:
    """`html` with `card` as the last thing in its body; all else stays as it was written.

    The card goes before the last </body> that is one (not in a comment or a script), else at the end. A
    comment or element that would swallow the card because nobody closed it, is closed first. A charset that
    a <meta> declares becomes utf-8, as the part is sent.
    """
    html = _CHARSET.sub(r"\1utf-8", html)
    position, at, closing = 0, -1, ""
    while found := _MARK.search(html, position):
        position = found.end()
        if found["end"]:
            at = found.start()
        elif raw := found["raw"]:
            close = re.compile(rf"</{raw}\b", re.IGNORECASE).search(html, position)
            if close is None:
                closing = f"</{raw}>"
                break
            position = close.end()
        elif found[0] == "<!--":
            if (position := html.find("-->", position)) < 0:
                closing = "-->"
                break
        else:
            return html[: found.start()] + card + html[found.start() :]
    if at < 0 or closing:
        return html + closing + card
    return html[:at] + card + html[at:]


def with_card_on_top(html: str, card: str) -> str:
    """`html` with `card` as the first thing in its body: where a mail program may cut its end off.

    The card goes behind the first <body> that is one (not in a comment or a script), else behind the head, else in
    front of everything that is seen.
    """
    html = _CHARSET.sub(r"\1utf-8", html)
    at = position = _BEGINNING.match(html).end()  # type: ignore[union-attr]
    while found := _OPENING.search(html, position):
        position = found.end()
        if found["body"]:
            at = found.end()
            break
        if found["head"]:
            at = found.end()
        elif raw := found["raw"]:
            close = re.compile(rf"</{raw}\b", re.IGNORECASE).search(html, position)
            if close is None:
                break
            position = close.end()
        elif (position := html.find("-->", position)) < 0:
            break
    return html[:at] + card + html[at:]


def from_text(text: str) -> str:
    """Plain text as HTML that keeps its lines and blanks in every mail program (Outlook ignores pre-wrap)."""
    lines = re.sub(r"\r\n|\r", "\n", text.rstrip()).expandtabs(8).split("\n")
    return "<br>\n".join(re.sub(r"^ |  ", lambda blanks: "&nbsp;" * len(blanks[0]), escape(line)) for line in lines)
