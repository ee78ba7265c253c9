"""Makes days ready before the milter needs them."""

from __future__ import annotations

import logging

from zegel.core import Core
from zegel.errors import describe
from zegel.vault.days_ahead import days_ahead

log = logging.getLogger("zegel.courier")


def make_days_ahead(core: Core) -> int:
    """Makes ready what is not; returns how many days that were. Safe to repeat at any time.

    It goes by the date as it is, whether that is believed or not: a day too many destroys nothing, and without the
    right one no mail is taken.
    """
    days, made = days_ahead(core.clock(), core.settings.retention.days), 0
    for day in days:
        try:
            made += core.vault.make_ready(day)
        except Exception as error:
            log.error("%s cannot be made ready, and the milter needs it: %s", day, describe(error))
    if made:
        log.info("%d days are made ready to seal for, up to %s", made, days[-1])
    return made
