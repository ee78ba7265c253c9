"""What `/metrics` shows, in Prometheus's format: from the database, the milter's counts, the disk and the certificate.

docs/metrics.md has a row for each name.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from zegel import __version__
from zegel.cli.checks.certificate import Unreached, ends_at
from zegel.core import Core
from zegel.errors import describe
from zegel.figures import BOUNDS, RESULTS, TYPES, Slots, read_slots
from zegel.vault.standing_figures import StandingFigures, standing_figures

log = logging.getLogger("zegel.courier")
_CERTIFICATE_EVERY = 3600.0
_FAILURES = {
    "wrong password": "password", "wrong code": "code", "wrong passkey": "passkey",
    "paused": "paused", "locked": "locked",
}  # fmt: skip
_SMS = {"code asked": "asked", "code sent": "sent", "code delivered": "delivered", "code failed": "failed"}
Tallies = Mapping[tuple[str, str], int]


class Figures(Collector):
    """Collects everything anew for each request. A source that fails is left out, and its gauge `…_readable` says 0."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._settings = core.settings
        self._certificate: tuple[float, float | None] = (-_CERTIFICATE_EVERY, None)

    def collect(self) -> Iterator[Metric]:
        build = GaugeMetricFamily("zegel_build_info", "The version that runs.", labels=["version"])
        build.add_metric([__version__], 1)
        yield build
        yield from self._of_database()
        yield from _of_milter(read_slots(self._settings.storage.figures))
        yield from self._of_disk()
        if (ends := self._certificate_ends()) is not None:
            yield _gauge("zegel_certificate_end_timestamp_seconds", "When the portal's certificate ends.", ends)

    def _of_database(self) -> Iterator[Metric]:
        name, text = "zegel_database_readable", "Whether the database answers."
        try:
            tallies = self._core.vault.store.tallies.all()
            found = standing_figures(self._core.vault, self._core.clock())
        except Exception as error:
            log.error("no metrics of the database: %s", describe(error))
            yield _gauge(name, text, 0)
            return
        yield _gauge(name, text, 1)
        yield from _counted(tallies)
        yield from _standing(found, self._settings.sms.daily_cap)

    def _of_disk(self) -> Iterator[Metric]:
        room = os.statvfs(self._settings.storage.folder)
        yield _gauge("zegel_disk_free_bytes", "Room for the database.", room.f_bavail * room.f_frsize)
        try:
            size = self._core.vault.store.engine.size()
        except Exception as error:
            log.error("no metrics of the database: %s", describe(error))
            return
        yield _gauge("zegel_database_bytes", "Size of the database.", size)

    def _certificate_ends(self) -> float | None:
        """When it ends; None when it cannot be reached from here. Asked for once an hour."""
        asked, ends = self._certificate
        if time.monotonic() - asked >= _CERTIFICATE_EVERY:
            try:
                ends = ends_at(self._settings.portal.url)
            except Unreached:
                ends = None
            self._certificate = (time.monotonic(), ends)
        return ends


def registry_of(core: Core) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(core))
    return registry


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _labelled(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = CounterMetricFamily(name, text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _counted(tallies: Tallies) -> Iterator[Metric]:
    """What happened since the database was made."""

    def of(name: str) -> dict[str, float]:
        return {label: count for (each, label), count in tallies.items() if each == name}

    events = of("event")
    yield _labelled("zegel_sealed_messages", "Messages sealed.", "level", {"1": 0, "2": 0} | of("sealed"))
    text = "Messages that a rule sealed."
    by_rule = CounterMetricFamily("zegel_sealed_by_rule_messages", text, labels=["rule", "level"])
    for written, count in of("sealed rule").items():
        rule, _, level = written.rpartition(" ")
        by_rule.add_metric([rule, level], count)
    yield by_rule
    yield _labelled("zegel_observed_by_rule_messages", "Found by a rule on trial.", "rule", of("observed rule"))
    text = "Messages that a rule refused."
    yield _labelled("zegel_refused_by_rule_messages", text, "rule", of("refused rule"))
    text = "Messages of which the sender said that nothing needed protection."
    yield _labelled("zegel_false_alarm_by_rule_messages", text, "rule", of("false alarm rule"))
    text = "Messages with something that could not be looked into."
    yield _labelled("zegel_unreadable_messages", text, "reason", of("unreadable"))
    yield CounterMetricFamily("zegel_unlocks", "Messages opened by a recipient.", value=events.get("opened", 0))
    failures = {kind: events.get(event, 0) for event, kind in _FAILURES.items()}
    yield _labelled("zegel_unlock_failures", "Wrong passwords and the like.", "kind", failures)
    sms = {outcome: events.get(event, 0) for event, outcome in _SMS.items()}
    yield _labelled("zegel_sms", "Codes by SMS.", "outcome", sms)
    yield _labelled("zegel_events", "Events of the audit log.", "event", events)


def _standing(found: StandingFigures, cap: int) -> Iterator[Metric]:
    items = GaugeMetricFamily("zegel_outbox_items", "What waits to be sent.", labels=["state", "kind"])
    for (state, kind), count in sorted(found.outbox.items()):
        items.add_metric([state, kind], count)
    yield items
    oldest = GaugeMetricFamily("zegel_outbox_oldest_seconds", "How long the oldest waits.", labels=["state"])
    for state, seconds in found.oldest.items():
        oldest.add_metric([state], seconds)
    yield oldest
    yield _gauge("zegel_sms_last_day", "SMS asked for in the last 24 hours.", found.sms_of_a_day)
    yield _gauge("zegel_sms_daily_cap", "SMS that may be sent in 24 hours.", cap)
    yield _gauge("zegel_day_keys", "Day keys in the key ring.", found.keys)
    yield _gauge("zegel_day_keys_missing", "Day keys that messages need and the ring lacks.", found.keys_missing)
    yield _gauge("zegel_data_lost", "Whether the database lost its end, and nobody has accepted that.", found.data_lost)
    yield _gauge("zegel_audit_log_broken", "Whether the chain of the audit log is broken.", found.audit_broken)
    yield _gauge("zegel_audit_log_verified_timestamp_seconds", "When it was last verified.", found.audit_verified_at)
    yield _gauge("zegel_date_doubted", "Whether the date jumped ahead and is not believed.", found.date_doubted)


def _of_milter(found: Slots | None) -> Iterator[Metric]:
    """What happened since the milter started."""
    yield _gauge("zegel_milter_running", "Whether the milter runs.", found is not None and found.running)
    if found is None:
        return
    now = found if found.running else None
    yield _gauge("zegel_milter_connections", "Open connections.", now.total("connections") if now else 0)
    yield _gauge("zegel_milter_messages_under_way", "Messages coming in.", now.total("under way") if now else 0)
    results = {result.replace(" ", "_"): found.total("result", result) for result in RESULTS}
    yield _labelled("zegel_milter_messages", "Messages at their end, by what became of them.", "result", results)
    buckets, upto = [], 0.0
    for bound in (*map(str, BOUNDS), "+Inf"):
        upto += found.total("seconds", bound)
        buckets.append((bound, upto))
    yield HistogramMetricFamily(
        "zegel_milter_end_of_message_seconds", "How long Postfix waited for the answer about inspected mail.",
        buckets=buckets, sum_value=found.total("seconds sum"),
    )  # fmt: skip
    read = {kind: found.total("read", kind) for kind in TYPES}
    yield _labelled("zegel_documents_read", "Documents read in a worker.", "type", read)
    read = {kind: found.total("read seconds", kind) for kind in TYPES}
    yield _labelled("zegel_documents_read_seconds", "Time that took.", "type", read)
    yield CounterMetricFamily("zegel_workers_replaced", "Workers lost.", value=found.total("workers replaced"))
    text = "Processes of the milter that died and were started anew."
    yield CounterMetricFamily("zegel_milter_processes_replaced", text, value=found.total("processes replaced"))
