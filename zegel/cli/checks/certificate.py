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


class Unreached(Exception):
    """The certificate could not be looked at, which says nothing about it."""


def ends_at(url: str) -> float | None:
    """When the certificate of the portal ends, in seconds since 1970; 0 for one that browsers refuse, None for http://.

    Asks the web server on this machine when the public address cannot be reached. Raises Unreached.
    """
    if urlsplit(url).scheme != "https":
        return None
    for host in (None, "127.0.0.1"):
        try:
            return _ends(url, host)
        except ssl.SSLCertVerificationError:
            return 0.0
        except (OSError, ValueError):
            continue
    raise Unreached


def _ends(url: str, at: str | None = None) -> float:
    """Raises OSError, of which ssl.SSLError is one, and ValueError."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    with (
        socket.create_connection((at or host, port), timeout=SECONDS) as connection,
        ssl.create_default_context().wrap_socket(connection, server_hostname=host) as encrypted,
    ):
        return ssl.cert_time_to_seconds(str((encrypted.getpeercert() or {}).get("notAfter", "")))


def certificate(url: str) -> Iterator[Said]:
    """Nothing for http://, which is for this machine only; a note where it cannot get to its own public address."""
    if urlsplit(url).scheme != "https":
        return
    try:
        ends = _ends(url)
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
