"""What SMS gateways tell afterwards: whether a phone has its SMS. Called by machines, so there is no page here.

Such a call proves itself by the reference, 128 random bits that only the gateway was told; it can say "delivered"
or "failed" about one SMS and nothing else.
"""

from __future__ import annotations

from typing import Any

import bottle

from zegel.sms import reports
from zegel_portal.site.site import Site
from zegel_web.fields import LARGEST_FORM
from zegel_web.responses import FILE_POLICY, reply


def report(site: Site, reference: str = "") -> Any:
    """Passes on the report of the request; 404 for an SMS that was never sent."""
    request = bottle.request
    body = request.body.read(LARGEST_FORM) if request.method == "POST" else b""
    named, status = reports.read(request.query_string, request.content_type or "", body)
    known = site.codes.report(reference or named, status)
    return plain(site, "ok" if known else "unknown reference", 200 if known else 404)


def plain(site: Site, words: str, status: int = 200) -> Any:
    """An answer for machines."""
    secure = site.settings.portal.secure
    return reply(words, status, kind="text/plain; charset=utf-8", policy=FILE_POLICY, secure=secure)
