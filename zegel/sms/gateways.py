"""The gateway that the settings name, with the one for calls beside it."""

from __future__ import annotations

from zegel.settings.sms import Sms
from zegel.sms.folder import FolderGateway
from zegel.sms.gammu import GammuCommand, GammuOutbox
from zegel.sms.gateway import Gateway, Message, Reporting
from zegel.sms.http_gateway import HttpGateway
from zegel.sms.kannel import KannelGateway


class WithCalls:
    """SMS by one gateway, and what is spoken by another."""

    def __init__(self, texts: Gateway, calls: Gateway) -> None:
        self._texts = texts
        self._calls = calls

    def send(self, message: Message) -> None:
        """Hands it to the one that it is for. Raises DeliveryError."""
        (self._calls if message.spoken else self._texts).send(message)

    def report(self, reference: str) -> str:
        """What the gateway for SMS says when it is asked, if it is of that kind."""
        return self._texts.report(reference) if isinstance(self._texts, Reporting) else ""


def gateway_of(sms: Sms) -> Gateway | None:
    """The gateway, ready to use; None when there is none. Raises GatewayUnusable."""
    texts = _texts_by(sms)
    return WithCalls(texts, HttpGateway(sms.voice, sms.seconds, "sms.voice")) if texts and sms.calls else texts


def _texts_by(sms: Sms) -> Gateway | None:
    if sms.gateway == "folder":
        return FolderGateway(sms.folder)
    if sms.gateway == "http":
        return HttpGateway(sms.http, sms.seconds)
    if sms.gateway == "kannel":
        return KannelGateway(sms.kannel, sms.seconds)
    if sms.gateway == "gammu":
        if sms.gammu.database is not None:
            return GammuOutbox(sms.gammu.database)
        return GammuCommand(sms.gammu.command, sms.seconds)
    return None
