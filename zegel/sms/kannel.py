"""Kannel's sendsms service (its user guide, chapter "Using the HTTP interface to send SMS messages")."""

from __future__ import annotations

import re

from zegel.delivery_error import DeliveryError
from zegel.http_exchange import Answer, Request, exchange
from zegel.settings.sms import Kannel
from zegel.sms.gateway import Message, secret
from zegel.sms.reports import KANNEL

_REPORTS = 1 + 2 + 16
"""Delivered to the phone, not delivered to the phone, refused by the SMSC: the last word about an SMS."""
_TAKEN = re.compile(r"[03]: ")
"""0: accepted for delivery. 3: queued for later delivery."""


class KannelGateway:
    """Hands SMS to smsbox. Raises GatewayUnusable when the password is missing."""

    def __init__(self, settings: Kannel, seconds: float) -> None:
        self._settings = settings
        self._seconds = seconds
        self._password = secret(settings.password_file, "sms.kannel.password_file")

    def send(self, message: Message) -> None:
        """Submits one SMS. Raises DeliveryError."""
        _judge(exchange(self.request(message), self._seconds))

    def request(self, message: Message) -> Request:
        """The call of sendsms; the text as GSM-7 (coding 0), the report to our address with Kannel's number in it.

        By POST with header fields: a query would put password and code into the access logs of what stands between.
        """
        headers = {
            "Content-Type": "text/plain; charset=UTF-8",
            "X-Kannel-Username": self._settings.user,
            "X-Kannel-Password": self._password,
            "X-Kannel-From": message.sender,
            "X-Kannel-To": message.number,
            "X-Kannel-Coding": "0",
            "X-Kannel-DLR-Mask": str(_REPORTS),
            "X-Kannel-DLR-Url": f"{message.report_url}?status={KANNEL}%d",
        }
        if self._settings.smsc:
            headers["X-Kannel-SMSC"] = self._settings.smsc
        return Request("POST", self._settings.url, headers, message.text.encode())


def _judge(answer: Answer) -> None:
    status = f"HTTP {answer.status}"
    if answer.status == 202 and _TAKEN.match(answer.body):
        return
    told = answer.body[:200]
    if answer.status == 400:
        raise DeliveryError(permanent=True, status=status, answer=told)
    # 403 is a wrong password, 404 a wrong address, 503 no connection to the network: nothing was taken.
    unsure = answer.status not in (401, 403, 404, 500, 503)
    raise DeliveryError(permanent=False, status=status, answer=told, unsure=unsure)
