"""Kannel's sendsms service (its user guide, chapter "Using the HTTP interface to send SMS messages")."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from zegel.delivery_error import DeliveryError
from zegel.settings_sms import Kannel
from zegel.sms.exchange import Answer, Request, exchange
from zegel.sms.gateway import Message, secret
from zegel.sms.reports import KANNEL

_REPORTS = 1 + 2 + 16
"""Delivered to the phone, not delivered to the phone, refused by the SMSC: the last word about an SMS."""
_TAKEN = re.compile(r"[03]: ")
"""0: accepted for delivery. 3: queued for later delivery."""
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


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
        """The call of sendsms; the text as GSM-7 (coding 0), the report to our address with Kannel's number in it."""
        fields = {
            "username": self._settings.user,
            "password": self._password,
            "from": message.sender,
            "to": message.number,
            "text": message.text,
            "charset": "UTF-8",
            "coding": "0",
            "dlr-mask": str(_REPORTS),
            "dlr-url": f"{message.report_url}?status={KANNEL}%d",
        }
        if self._settings.smsc:
            fields["smsc"] = self._settings.smsc
        return Request("POST", self._settings.url, _FORM, urlencode(fields).encode("ascii"))


def _judge(answer: Answer) -> None:
    status = f"HTTP {answer.status}"
    if answer.status == 202 and _TAKEN.match(answer.body):
        return
    told = answer.body[:200]
    if answer.status in (400, 404, 415):
        raise DeliveryError(permanent=True, status=status, answer=told)
    # 403 is a wrong password or a number on its black list, 503 no connection to the network: nothing was taken.
    unsure = answer.status not in (401, 403, 500, 503)
    raise DeliveryError(permanent=False, status=status, answer=told, unsure=unsure)
