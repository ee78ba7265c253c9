"""The sender's own HTML, with a card at its end; and text made into HTML and back."""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser

_MARK = re.compile(
    r"<!--|<(?P<raw>script|style|title|textarea|xmp|iframe|noembed|noframes)\b|<plaintext\b|(?P<end></body\b)",
    re.IGNORECASE,
)
_CHARSET = re.compile(r"(<meta\b[^>]{0,500}?charset\s*=\s*[\"']?)[\w.:-]+", re.IGNORECASE)
_BLOCKS = frozenset(
    """address article aside blockquote dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6
    header hr li main nav ol p pre section table tr ul""".split()  # noqa: SIM905
)
_UNSEEN = frozenset(("head", "script", "style", "title", "template"))


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


def to_text(html: str) -> str:
    """What a reader sees of `html`, as plain text: paragraphs, list marks, and links with their address."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.pieces).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    """Collects text; a block starts on a line of its own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.unseen = 0
        self.links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self.unseen += 1
        elif tag == "body":
            self.unseen = 0
        elif tag == "a":
            self.links.append((dict(attrs).get("href") or "", len(self.pieces)))
        elif tag == "br":
            self.pieces.append("\n")
        elif tag in ("td", "th"):
            self.pieces.append(" ")
        elif tag in _BLOCKS:
            self.pieces.append("\n- " if tag == "li" else "\n\n" if tag in ("p", "blockquote") else "\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self.unseen = max(0, self.unseen - 1)
        elif tag == "a" and self.links:
            target, start = self.links.pop()
            shown = "".join(self.pieces[start:]).strip()
            if re.match(r"(?i)https?://", target) and target.rstrip("/") != shown.rstrip("/"):
                self.pieces.append(f" <{target}>")
        elif tag in _BLOCKS:
            self.pieces.append("\n\n" if tag in ("p", "blockquote") else "\n")

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.pieces.append(re.sub(r"\s+", " ", data))
