"""The table that reports on rules are read from."""

from __future__ import annotations

import peewee


class RuleCount(peewee.Model):
    """How often a rule fired in an hour (`hour` is seconds since 1970 divided by 3600).

    `outcome` is "sealed", "observed", "false alarm", "refused", or "blind spot" for what could not be looked into:
    then `rule` says what. `level` is 0 where nothing was protected. So a report reads hours, not the whole audit log.
    """

    hour = peewee.IntegerField()
    rule = peewee.TextField()
    outcome = peewee.TextField()
    level = peewee.SmallIntegerField()
    messages = peewee.IntegerField(default=0)
    recipients = peewee.IntegerField(default=0)

    class Meta:
        table_name = "rule_count"
        primary_key = peewee.CompositeKey("hour", "rule", "outcome", "level")
