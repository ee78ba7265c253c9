"""Every answer of the portal is made here, so that none leaves without its security headers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Any

from bottle import HTTPResponse

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; frame-src 'self'; connect-src 'self'; "
    "form-action 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
"""Pages load their own style sheet, script, pictures and progress, frame the body, and nothing else."""
BODY_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; object-src 'none'; "
    "base-uri 'none'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; frame-ancestors 'self'"
)
"""The body of a mail: no script, no request, links in a new tab, styles of the sender.

It keeps the portal's origin, so that the page around it can measure it; nothing in it can use that, because the sandbox
takes every script away, whatever the body holds.
"""
PRINT_POLICY = BODY_POLICY.replace("sandbox ", "sandbox allow-modals ")
"""The same on paper: the page may open the dialogue to print it."""
FILE_POLICY = (
    "default-src 'none'; form-action 'none'; object-src 'none'; base-uri 'none'; sandbox; frame-ancestors 'none'"
)
"""Files of the sender: should a browser show one after all, it can do nothing."""

_OFF = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "clipboard-read", "cross-origin-isolated",
    "display-capture", "encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope", "hid",
    "idle-detection", "keyboard-map", "magnetometer", "microphone", "midi", "payment", "picture-in-picture",
    "screen-wake-lock", "serial", "sync-xhr", "unload", "usb", "xr-spatial-tracking",
)  # fmt: skip
"""What browsers may not offer to these pages, nor to what stands in their frames."""
_OURS = ("clipboard-write", "publickey-credentials-create", "publickey-credentials-get")
"""What the pages themselves use: the button that copies, and passkeys."""

# The list of the OWASP Secure Headers Project; tests/unit/portal/owasp_headers.py names what differs, and why.
_HEADERS = {
    "Cache-Control": "no-store, max-age=0",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-DNS-Prefetch-Control": "off",
    "X-Frame-Options": "DENY",
    "X-Permitted-Cross-Domain-Policies": "none",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Permissions-Policy": ", ".join([*(f"{name}=()" for name in _OFF), *(f"{name}=(self)" for name in _OURS)]),
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_TRANSPORT = "max-age=63072000; includeSubDomains"
"""Two years of HTTPS only (RFC 6797), also for hosts below the portal's: it has a host name of its own."""

Body = str | bytes | IO[bytes] | Iterable[bytes]


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
    if policy in (BODY_POLICY, PRINT_POLICY):
        fields["X-Frame-Options"] = "SAMEORIGIN"
    if secure:
        fields["Strict-Transport-Security"] = _TRANSPORT
    if isinstance(body, str):
        body = body.encode("utf-8")
    if isinstance(body, bytes):
        fields["Content-Length"] = str(len(body))
    return HTTPResponse(body, status, fields)
