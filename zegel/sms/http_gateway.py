"""A gateway described by templates in zegel.yaml: enough for most providers.

Values never become structure: what fills a template is encoded for where it stands.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

import re2

from zegel.delivery_error import DeliveryError
from zegel.http_exchange import Answer, Request, exchange
from zegel.settings.sms import Http, filled
from zegel.sms.gateway import Message, secret

_NOT_TAKEN = frozenset({401, 403, 404, 405, 407, 408, 429, 500, 502, 503})
"""Answers that say that nothing was done, but that it may be another time: the administrator has to mend an address or
a password, or it is too much now.

500 is among them by experience: gateways give it for errors before they accept. 504 is not: what stands in front
of the gateway gave up waiting, and the gateway may be at it."""


class HttpGateway:
    """Sends by the templates. Raises GatewayUnusable when a secret is missing."""

    def __init__(self, settings: Http, seconds: float, section: str = "sms.http") -> None:
        self._settings = settings
        self._seconds = seconds
        self._secrets = {name: secret(path, f"{section}.secrets.{name}") for name, path in settings.secrets.items()}
        self._password = secret(settings.password_file, f"{section}.password_file") if settings.user else ""
        self._accepted = re2.compile(settings.accepted.body)
        self._refused = re2.compile(settings.refused.body) if settings.refused.body else None

    def send(self, message: Message) -> None:
        """Makes the request and judges the answer. Raises DeliveryError."""
        self._judge(exchange(self.request(message), self._seconds))

    def request(self, message: Message) -> Request:
        """What is sent for `message`."""
        values = self._secrets | message.values()
        settings = self._settings
        query = urlencode(_filled(settings.query, values))
        url = settings.url + (("&" if "?" in settings.url else "?") + query if query else "")
        headers = {name: " ".join(text.split()) for name, text in _filled(settings.headers, values).items()}
        if settings.user:
            pair = f"{filled(settings.user, values)}:{self._password}".encode()
            headers["Authorization"] = "Basic " + base64.b64encode(pair).decode("ascii")
        kind, body = self._body(values)
        if kind and not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = kind
        return Request(settings.method, url, headers, body)

    def _body(self, values: Mapping[str, str]) -> tuple[str, bytes]:
        settings = self._settings
        if settings.form:
            return "application/x-www-form-urlencoded", urlencode(_filled(settings.form, values)).encode()
        if settings.json_body:
            return "application/json", json.dumps(_deep(settings.json_body, values)).encode()
        if settings.xml_body:
            safe = {name: escape(value, {'"': "&quot;", "'": "&apos;"}) for name, value in values.items()}
            return "application/xml; charset=utf-8", filled(settings.xml_body, safe).encode()
        return "", b""

    def _judge(self, answer: Answer) -> None:
        settings, status = self._settings, f"HTTP {answer.status}"
        if self._refused is not None and self._refused.search(answer.body):
            raise DeliveryError(permanent=True, status=status, answer=answer.body[:200])
        if answer.status in settings.accepted.status and self._accepted.search(answer.body):
            return
        if answer.status in settings.refused.status:
            raise DeliveryError(permanent=True, status=status, answer=answer.body[:200])
        unsure = answer.status not in _NOT_TAKEN
        raise DeliveryError(permanent=False, status=status, answer=answer.body[:200], unsure=unsure)


def _filled(templates: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    return {name: filled(template, values) for name, template in templates.items()}


def _deep(value: Any, values: Mapping[str, str]) -> Any:
    """A structure with every text in it filled."""
    if isinstance(value, str):
        return filled(value, values)
    if isinstance(value, Mapping):
        return {name: _deep(inside, values) for name, inside in value.items()}
    if isinstance(value, (list, tuple)):
        return [_deep(inside, values) for inside in value]
    return value
