"""What monitors are shown: in Prometheus's format, nothing but figures, and every name described."""

from __future__ import annotations

import io
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from tests.support.cast import OTHER, RECIPIENT, SENDER, Built, build
from zegel.figures import Figures, read_slots, slots_in
from zegel_courier.metrics_listener import application

ROOT = Path(__file__).parents[3]


def ask(built: Built, path: str, method: str = "GET", accept: str = "") -> tuple[str, dict[str, str], str]:
    said: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        said.update(status=status, headers=dict(headers))

    environ = {"PATH_INFO": path, "REQUEST_METHOD": method, "QUERY_STRING": "", "wsgi.input": io.BytesIO()}
    environ["HTTP_ACCEPT"] = accept
    body = b"".join(application(built.core)(environ, start))
    return said["status"], said["headers"], body.decode()


def values(text: str) -> dict[tuple[str, str], float]:
    """Each sample by its name and a label."""
    return {
        (
            sample.name,
            sample.labels.get("rule") or sample.labels.get("state") or next(iter(sample.labels.values()), ""),
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """A house in which something of each kind has happened."""
    made = build(tmp_path_factory.mktemp("metrics"))
    *slots, own = slots_in(made.core.settings.storage.figures, 2)
    for slot in slots:
        slot.ended("clean", 0.02)
        slot.ended("offered again", 400.0)
        slot.read("pdf", 1.5)
    slots[0].ended("passed")
    slots[0].set("connections", 3)
    own.add("processes replaced")
    (delivery, _) = made.seal(RECIPIENT, OTHER)
    made.seal(RECIPIENT, level=2)
    store = made.core.vault.store
    made.core.passwords.ask(delivery, "", "nl")
    made.core.passwords.enter(made.link(delivery), "wrong", None)
    store.write(
        lambda: store.rule_counts.note_blind_spots(("encrypted application/zip", "limit text/csv"), made.clock())
    )
    stuck = next(store.outbox.list(["due"]))
    store.write(lambda: store.outbox.stick(stuck.id, "4.4.1"))
    yield made
    made.core.close()


@pytest.fixture(scope="module")
def shown(house: Built) -> str:
    status, headers, text = ask(house, "/metrics")
    assert status == "200 OK" and headers["Content-Type"].startswith("text/plain; version=")
    return text


def test_promtool_accepts_them(shown: str) -> None:
    done = subprocess.run(["promtool", "check", "metrics"], input=shown, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_figures_are_those_of_what_happened(shown: str) -> None:
    found = values(shown)
    for name, label, value in [
        ("zegel_sealed_messages_total", "1", 1), ("zegel_sealed_messages_total", "2", 1),
        ("zegel_sealed_by_rule_messages_total", "bsn", 1),
        ("zegel_unlock_failures_total", "password", 1), ("zegel_unlocks_total", "", 0),
        ("zegel_unreadable_messages_total", "encrypted", 1), ("zegel_unreadable_messages_total", "limit", 1),
        ("zegel_outbox_items", "stuck", 1), ("zegel_day_keys", "", 1), ("zegel_day_keys_missing", "", 0),
        ("zegel_milter_running", "", 1), ("zegel_milter_connections", "", 3),
        ("zegel_milter_messages_total", "clean", 2), ("zegel_milter_messages_total", "passed", 1),
        ("zegel_milter_end_of_message_seconds_bucket", "0.025", 2),
        ("zegel_milter_end_of_message_seconds_count", "", 4),
        ("zegel_documents_read_total", "pdf", 2), ("zegel_documents_read_seconds_total", "pdf", 3),
        ("zegel_milter_processes_replaced_total", "", 1), ("zegel_database_readable", "", 1),
    ]:  # fmt: skip
        assert found[name, label] == value, (name, label)
    assert found["zegel_milter_end_of_message_seconds_sum", ""] == pytest.approx(800.04)


def test_nobody_is_named(shown: str) -> None:
    for secret in (SENDER, RECIPIENT, OTHER, "@", "uitslag"):
        assert secret not in shown


def test_each_name_is_documented_and_the_dashboard_asks_for_no_other(shown: str) -> None:
    shipped = set(re.findall(r"^# TYPE (\w+)", shown, re.MULTILINE))
    page = (ROOT / "docs/metrics.md").read_text()
    assert set(re.findall(r"^\| `(zegel_\w+)", page, re.MULTILINE)) == shipped | {
        "zegel_certificate_end_timestamp_seconds"  # of https:// only
    }
    dashboard = json.loads((ROOT / "docs/grafana-dashboard.json").read_text())
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    named = {re.sub(r"_(?:bucket|count|sum)$", "", name) for expr in asked for name in re.findall(r"\bzegel_\w+", expr)}
    assert len(asked) > 10 and named <= shipped | {"zegel_certificate_end_timestamp_seconds"}
    alerts = re.findall(r"expr: (.+)", page)
    assert alerts and {name for each in alerts for name in re.findall(r"\bzegel_\w+", each)} <= shipped | {
        "zegel_certificate_end_timestamp_seconds"
    }


def test_what_is_not_there_is_said(house: Built) -> None:
    assert ask(house, "/")[0] == "404 Not Found"
    assert ask(house, "/metrics/../health")[0] == "404 Not Found"
    assert ask(house, "/metrics", "POST")[0] == "405 Method Not Allowed"
    status, _, text = ask(house, "/health")
    assert status == "503 Service Unavailable" and json.loads(text)["status"] == "wrong"


def test_a_database_that_does_not_answer_leaves_the_rest(tmp_path: Path) -> None:
    built = build(tmp_path)
    try:
        database: Any = built.core.vault.store.database
        database.execute_sql("DROP TABLE tally")
        found = values(ask(built, "/metrics")[2])
    finally:
        built.core.close()
    assert found["zegel_database_readable", ""] == 0 and ("zegel_disk_free_bytes", "") in found


def test_a_process_that_replaces_a_dead_one_counts_on(tmp_path: Path) -> None:
    path = tmp_path / "figures"
    first, *_ = slots_in(path, 1)
    first.ended("sealed", 1.0)
    first.ended("sealed", 2.0)
    found = read_slots(path)
    assert found is not None and found.running and found.processes == 1 and found.total("result", "sealed") == 2


@pytest.mark.parametrize(
    "content", [b"", b"zegel-f1", b"x" * 5000, b"zegel-f1" + b"\0" * 100], ids=["empty", "short", "other", "cut"]
)
def test_a_file_of_another_version_is_no_figures(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "figures"
    assert read_slots(path) is None
    path.write_bytes(content)
    assert read_slots(path) is None


def test_without_a_file_they_count_for_themselves() -> None:
    Figures().ended("refused", 0.1)


def test_prometheus_itself_asks_for_openmetrics(house: Built) -> None:
    _, headers, text = ask(house, "/metrics", accept="application/openmetrics-text; version=1.0.0")
    assert headers["Content-Type"].startswith("application/openmetrics-text")
    parse: Any = openmetrics.text_string_to_metric_families
    names = {family.name for family in parse(text)}
    assert {"zegel_sealed_messages", "zegel_milter_end_of_message_seconds"} <= names


def test_the_alerts_of_the_page_are_right(tmp_path: Path) -> None:
    (alerts,) = re.findall(
        r"^```yaml\n(groups:.*?)^```", (ROOT / "docs/metrics.md").read_text(), re.MULTILINE | re.DOTALL
    )
    (tmp_path / "alerts.yaml").write_text(alerts)
    command = ["promtool", "check", "rules", str(tmp_path / "alerts.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "SUCCESS: 8 rules found" in done.stdout, done.stderr
