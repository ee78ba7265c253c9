"""The sender's own HTML, with a card at its end; and text made into HTML."""

from __future__ import annotations

import re
from html import escape

_MARK = re.compile(
    r"<!--|<(?P<raw>script|style|title|textarea|xmp|iframe|noembed|noframes)\b|<plaintext\b|(?P<end></body\b)",
    re.IGNORECASE,
)
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


def from_text(text: str) -> str:
    """Plain text as HTML that keeps its lines and blanks in every mail program (Outlook ignores pre-wrap)."""
    lines = re.sub(r"\r\n|\r", "\n", text.rstrip()).expandtabs(8).split("\n")
    return "<br>\n".join(re.sub(r"^ |  ", lambda blanks: "&nbsp;" * len(blanks[0]), escape(line)) for line in lines)
