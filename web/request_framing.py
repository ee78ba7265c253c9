"""Where a request ends: said in one way, or the request is refused.

What a web server in front and this one understand differently is how requests are smuggled (RFC 9112, 11.2). Browsers
and web servers say the length of a body with one Content-Length and need none of the other ways.
"""

from __future__ import annotations

import re

from waitress.parser import HTTPRequestParser, ParsingError, TransferEncodingNotImplemented

_CODED = re.compile(rb"\r\n[^:\r\n]*transfer-encoding", re.IGNORECASE)
_ONCE = re.compile(rb"\r\n(host|content-length|content-type)[ \t]*:", re.IGNORECASE)
_FOLDED = re.compile(rb"\r\n[ \t]")
_UNNAMED = re.compile(rb"\r\n[^:\r\n]*_[^:\r\n]*:")
"""A name with an underscore: in the application it could pass for another with a hyphen."""
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_BENT = re.compile(r"//|\\|%2f|%5c|%00", re.IGNORECASE)
"""What turns into other steps of a path when it is read once more."""
_VERSIONS = {"1.0", "1.1"}


class Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """Takes what the RFC lets a server refuse for what it is."""

    def parse_header(self, header_plus: bytes) -> None:
        """Raises ParsingError (400) or TransferEncodingNotImplemented (501)."""
        if _CODED.search(header_plus):
            raise TransferEncodingNotImplemented("no transfer codings here")
        names = [name.lower() for name in _ONCE.findall(header_plus)]
        if len(names) != len(set(names)):
            raise ParsingError("a field that may stand once stands twice")
        if _FOLDED.search(header_plus) or _UNNAMED.search(header_plus):
            raise ParsingError("a field is not written as fields are")
        try:
            super().parse_header(header_plus)
        except ValueError:  # a length of thousands of digits, which int() refuses
            raise ParsingError("a length that is none") from None
        if self.version not in _VERSIONS or _CONTROL.search(self.first_line):
            raise ParsingError("not a request, or not in a version that is spoken here")
        if _BENT.search(self.request_uri.removeprefix(f"{self.proxy_scheme}://").partition("?")[0]):
            raise ParsingError("a path that can be read in two ways")
        try:
            self.path.encode("latin-1").decode("utf-8")  # bottle leaves out what is none, and reads the rest
        except UnicodeDecodeError:
            raise ParsingError("a path that is no text") from None
        if self.proxy_netloc and self.proxy_netloc.lower() != self.headers.get("HOST", "").lower():
            raise ParsingError("two hosts")
