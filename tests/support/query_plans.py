"""Which statements read a growing table from end to end: SQLite is asked how it would carry out each.

A plan does not depend on how full a table is as long as nobody has run ANALYZE, and Zegel never does: so an empty
database with all tables and indexes answers for a full one.
"""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

from zegel.vault.engines.sqlite import Sqlite
from zegel.vault.migrations import migrate
from zegel.vault.tables import schema

_GROWING = frozenset(table._meta.table_name for table in schema.TABLES)
_STATEMENT = re.compile(r"(?:SELECT|UPDATE|DELETE)\b")
_ALIAS = re.compile(r'"(\w+)" AS "(\w+)"')
_SCAN = re.compile(r"SCAN (\w+)")

ALLOWED = {
    r'FROM "event" AS "t1" ORDER BY "t1"."id" DESC LIMIT \?': "the last row only",
    r'FROM "sms" AS "t1" ORDER BY "t1"."at" DESC LIMIT \? OFFSET \?': "by the index, as far as the cap of a day",
    r'FROM "event" AS "t1" ORDER BY "t1"."id"$': "the whole chain is verified or exported, when somebody asks",
    r'FROM "phone" AS "t1" ORDER BY "t1"."given_at"$': "zegel phone list shows all",
    r'FROM "agreed" AS "t1" ORDER BY "t1"."given_at"$': "zegel code list shows all",
    r'IN \(SELECT "t2"."delivery" FROM "session" AS "t2"\)': "sessions last hours; asked when a device is disowned",
    r'FROM "event" AS "t1" WHERE \("t1"."kind" IN': "once, when an old database is brought to version 5",
    r'FROM "delivery" AS "t1" GROUP BY "t1"."message"': "once, when an old database is brought to version 5",
    r'FROM "direct_count" AS "t1" ORDER BY "t1"."domain"': "domains, not messages, when somebody asks for the report",
    r'FROM "rules_version" AS "t1" ORDER BY "t1"."id" DESC LIMIT \?': "the newest rows only",
    r'WHERE \(+(?:replace\(lower|length)\("t1"."(recipient|sender|address|given_by|actor)"\)': (
        "what is known of one person, when they ask"
    ),
    r'FROM "\w+" (WHERE .* > .*)? ORDER BY "[\w", ]+ LIMIT (500|16)$': "all of it is copied, in the order of the key",
    r'FROM "host" AS "t1" ORDER BY "t1"."name"': "the hosts, a handful",
    r'FROM "tally" AS "t1"$': "some dozens of counts, and one for each rule",
    r'FROM "rule_count" AS "t1" WHERE \("t1"."hour" >= \?\) GROUP BY': "hours times rules, not messages",
}
"""Statements that may, by a regular expression, each with the reason."""


class QueryPlans:
    """Collects the statements that scan and may not."""

    def __init__(self, folder: Path) -> None:
        path = folder / "plans.db"
        engine = Sqlite(path)
        migrate(engine)
        engine.close()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._known: set[str] = set()
        self.wrong: list[str] = []

    def look_at(self, sql: str) -> None:
        """Asks for the plan of a statement of peewee's that is new; what tests write by hand has no quoted names."""
        if sql in self._known or '"' not in sql or not _STATEMENT.match(sql):
            return
        self._known.add(sql)
        names = {alias: name for name, alias in _ALIAS.findall(sql)}
        try:
            steps = self._connection.execute("EXPLAIN QUERY PLAN " + sql, (1,) * sql.count("?")).fetchall()
        except sqlite3.OperationalError:
            return  # of the key ring, or of an older schema
        for *_, step in steps:
            scanned = _SCAN.match(step)
            if scanned and names.get(scanned[1], scanned[1]) in _GROWING and not self._is_allowed(sql):
                self.wrong.append(f"{step}: {sql}")

    def _is_allowed(self, sql: str) -> bool:
        return any(re.search(pattern, sql) for pattern in ALLOWED)
