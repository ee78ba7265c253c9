"""Whether a request is meant for this site."""

from __future__ import annotations

from urllib.parse import urlsplit

_PORTS = {"https": 443, "http": 80}


def same_host(given: str, url: str) -> bool:
    """Whether a Host header is that of `url`: links are never built from it, but caches and proxies might."""
    meant = urlsplit(url)
    hosts = {meant.netloc.lower()}
    if (meant.port or _PORTS[meant.scheme]) == _PORTS[meant.scheme]:
        name = f"[{meant.hostname}]" if ":" in (meant.hostname or "") else str(meant.hostname)
        hosts |= {name, f"{name}:{_PORTS[meant.scheme]}"}
    return given.lower() in hosts
