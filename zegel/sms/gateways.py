"""The gateway that the settings name."""

from __future__ import annotations

from zegel.settings.sms import Sms
from zegel.sms.folder import FolderGateway
from zegel.sms.gammu import GammuCommand, GammuOutbox
from zegel.sms.gateway import Gateway
from zegel.sms.http_gateway import HttpGateway
from zegel.sms.kannel import KannelGateway


def gateway_of(sms: Sms) -> Gateway | None:
    """The gateway, ready to use; None when there is none. Raises GatewayUnusable."""
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
