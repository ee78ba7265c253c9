"""Every answer of the portal is made here, so that none leaves without its security headers."""

from __future__ import annotations

from typing import IO, Any

from bottle import HTTPResponse

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; frame-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Pages load their own style sheet, script, pictures and progress, frame the body, and nothing else."""
BODY_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox; frame-ancestors 'self'"
)
"""The body of a mail: an origin of its own, no script, no request, links in a new tab, styles of the sender."""
FILE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
"""Files of the sender: should a browser show one after all, it can do nothing."""

_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_TRANSPORT = "max-age=31536000"
"""A year of HTTPS only (RFC 6797); subdomains are left to their owner."""

Body = str | bytes | IO[bytes]


def reply(
    body: Body = "",
    status: int = 200,
    *,
    kind: str = "text/html; charset=utf-8",
    policy: str = PAGE_POLICY,
    secure: bool = False,
    headers: dict[str, str] | None = None,
) -> Any:
    """A bottle.HTTPResponse; `secure` says that the portal has HTTPS, `headers` come over the standard ones."""
    fields = {**_HEADERS, "Content-Type": kind, "Content-Security-Policy": policy, **(headers or {})}
    if policy is BODY_POLICY:
        fields["X-Frame-Options"] = "SAMEORIGIN"
    if secure:
        fields["Strict-Transport-Security"] = _TRANSPORT
    if isinstance(body, str):
        body = body.encode("utf-8")
    if isinstance(body, bytes):
        fields["Content-Length"] = str(len(body))
    return HTTPResponse(body, status, fields)
