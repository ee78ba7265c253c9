"""The certificate of the portal's public address, as a recipient's browser gets to see it."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from zegel.cli.checks.finding import Said
from zegel.cli.checks.processes import SECONDS

DAY = 86_400.0
SOON = 14 * DAY


def certificate(url: str) -> Iterator[Said]:
    """Nothing for http://, which is for this machine only; a note where it cannot get to its own public address."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    if parts.scheme != "https":
        return
    try:
        with (
            socket.create_connection((host, port), timeout=SECONDS) as connection,
            ssl.create_default_context().wrap_socket(connection, server_hostname=host) as encrypted,
        ):
            ends = ssl.cert_time_to_seconds(str((encrypted.getpeercert() or {}).get("notAfter", "")))
    except ssl.SSLCertVerificationError as error:
        yield "critical", f"browsers refuse {url}: {error.verify_message}; renew the certificate of the web server"
        return
    except (OSError, ValueError) as error:
        yield "note", f"{url} cannot be reached from this machine ({error}), so its certificate was not looked at"
        return
    left = ends - time.time()
    if left < SOON:
        yield "warning", f"the certificate of {url} ends in {left / DAY:.0f} days: see why it is not renewed"
    else:
        yield "ok", f"{url}, {left / DAY:.0f} days left"
