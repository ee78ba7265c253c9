"""`/metrics` and `/health`, on a listener of their own that is off unless the settings name a port."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterable
from typing import Any

import waitress.server
from prometheus_client import make_wsgi_app

from zegel.cli.checks import processes
from zegel.core import Core
from zegel.errors import describe
from zegel.settings.watching import Metrics
from zegel.vault.marks import CLOCK_DOUBTED, COURIER
from zegel_courier.metrics import registry_of

log = logging.getLogger("zegel.courier")
_THREADS, _CONNECTIONS, _SECONDS = 2, 20, 30
_HEAD_BYTES = 8192
StartResponse = Callable[..., Any]


class MetricsListener:
    """Serves until it is closed, in threads of its own; without a port it does nothing. Raises OSError."""

    def __init__(self, core: Core, settings: Metrics) -> None:
        self._server: Any = None
        if settings.port is None:
            return
        for name in ("waitress", "waitress.queue"):
            logging.getLogger(name).setLevel(logging.ERROR)
        self._server = waitress.server.create_server(
            application(core), host=settings.host, port=settings.port, threads=_THREADS,
            connection_limit=_CONNECTIONS, channel_timeout=_SECONDS, max_request_header_size=_HEAD_BYTES,
            max_request_body_size=_HEAD_BYTES, ident=None, clear_untrusted_proxy_headers=True,
        )  # fmt: skip
        threading.Thread(target=self._serve, name="metrics", daemon=True).start()
        log.info("metrics at %s port %d", settings.host, settings.port)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()

    def _serve(self) -> None:
        try:
            self._server.run()
        except Exception as error:
            log.error("no more metrics: %s", describe(error))


def application(core: Core) -> Callable[[dict[str, Any], StartResponse], Iterable[bytes]]:
    """The WSGI application."""
    metrics: Any = make_wsgi_app(registry_of(core))

    def answer(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path, method = environ.get("PATH_INFO", ""), environ.get("REQUEST_METHOD", "")
        if path not in ("/metrics", "/health"):
            return _plain(start_response, "404 Not Found", "there are /metrics and /health\n")
        if method not in ("GET", "HEAD"):
            return _plain(start_response, "405 Method Not Allowed", "only GET\n", ("Allow", "GET, HEAD"))
        if path == "/metrics":
            answered: Iterable[bytes] = metrics(environ, start_response)
            return answered
        problems = list(health(core))
        status = "503 Service Unavailable" if problems else "200 OK"
        body = json.dumps({"status": "wrong" if problems else "ok", "problems": problems}) + "\n"
        return _plain(start_response, status, body, ("Content-Type", "application/json"))

    return answer


def health(core: Core) -> Iterable[str]:
    """What keeps Zegel from working now, in few words; nothing when it works. `zegel check` looks at more."""
    settings, store = core.settings, core.vault.store
    try:
        seen = float(store.write(lambda: store.marks.get(COURIER)) or 0)
        if core.clock() - seen > processes.STILL:
            yield "the courier gives no sign"
        if store.marks.get(CLOCK_DOUBTED):
            yield "the date is in doubt"
    except Exception as error:
        yield f"the database does not answer: {describe(error)}"
    looks = {"milter": processes.milter(settings.milter.socket, ""), "portal": processes.portal(settings.portal)}
    for name, look in looks.items():
        yield from (f"{name}: {text}" for state, text in look if state == "critical")


def _plain(start_response: StartResponse, status: str, text: str, *headers: tuple[str, str]) -> Iterable[bytes]:
    body = text.encode()
    kind = () if any(name == "Content-Type" for name, _ in headers) else (("Content-Type", "text/plain"),)
    start_response(status, [*kind, ("Content-Length", str(len(body))), *headers])
    return [body]
