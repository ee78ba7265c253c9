"""The figures of a run with real Postfix: what `/metrics` says is what happened, over all processes and a restart."""

from __future__ import annotations

import json
import re
import smtplib
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from demo.documents import docx
from demo.place import free_ports
from demo.stack import Options, Ports, Stack
from tests.e2e.conftest import folder_for_postfix
from tests.e2e.post import Post, plain
from tests.e2e.recipient import Recipient
from tests.e2e.test_main_job import SECRET, with_files

INSIDE = "bram.bakker@kliniek.example"
CLEAN = 6


@pytest.fixture(scope="module")
def port() -> int:
    (port,) = free_ports(1)
    return port


@pytest.fixture(scope="module")
def stack(port: int) -> Iterator[Stack]:
    settings = {"milter": {"processes": 2}, "metrics": {"port": port}, "logs": {"format": "json"}}
    with folder_for_postfix() as folder, Stack(folder, Ports.free(), Options(settings=settings)) as made:
        yield made


def fetched(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
        return str(answer.read().decode())


def figure(text: str, name: str, labels: str = "") -> float:
    found = re.search(rf"^{re.escape(name + labels)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def until(so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_the_figures_equal_the_run(stack: Stack, port: int) -> None:
    post = Post(stack)
    jan = Recipient(post, post.somebody(), "en")
    for number in range(CLEAN):
        post.send(plain(f"Afspraak {number}", "Tot morgen.", to=jan.address), jan.address)
    post.send(plain("Binnen", "Tot morgen.", to=INSIDE), INSIDE)
    post.send(plain("Uitslag", SECRET, to=jan.address), jan.address)
    post.send(with_files("Brief", "Zie bijlage.", {"brief.docx": docx("Geachte heer", [])}, jan.address), jan.address)
    with pytest.raises(smtplib.SMTPException):
        post.send(plain("Fout adres", "Dag.", to="x"), "jan%post.example@kliniek.example@post.example")
    asked = jan.ask_password()
    assert asked.status == 200
    jan.visitor.submit(asked.form("/enter"), password="abcd-efgh-jkmn")
    jan.visitor.submit(asked.form("/enter"), password=jan.password())

    text = fetched(port, "/metrics")
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    until(lambda: figure(fetched(port, "/metrics"), "zegel_unlocks_total") == 1)
    text = fetched(port, "/metrics")
    results = {
        result: figure(text, "zegel_milter_messages_total", f'{{result="{result}"}}')
        for result in ("clean", "passed", "sealed", "refused", "deferred")
    }
    refused = results.pop("refused")
    assert results == {"clean": CLEAN + 1, "passed": 1, "sealed": 1, "deferred": 0} and refused <= 1
    assert figure(text, "zegel_milter_end_of_message_seconds_count") == CLEAN + 2 + refused
    assert figure(text, "zegel_sealed_messages_total", '{level="1"}') == 1
    assert figure(text, "zegel_sealed_by_rule_messages_total", '{level="1",rule="bsn"}') == 1
    assert figure(text, "zegel_documents_read_total", '{type="office"}') == 1
    assert figure(text, "zegel_unlock_failures_total", '{kind="password"}') == 1
    assert figure(text, "zegel_milter_running") == figure(text, "zegel_database_readable") == 1
    assert figure(text, "zegel_outbox_items", '{state="due",kind="notification"}') == 0


def test_the_log_leads_from_the_queue_id_to_the_notification(stack: Stack) -> None:
    def lines(service: str) -> list[dict[str, object]]:
        return [json.loads(line) for line in stack.log.joinpath(f"{service}.log").read_text().splitlines()]

    (sealed,) = [line for line in lines("milter") if line.get("result") == "sealed"]
    assert str(sealed["queue_id"]) in stack.log.joinpath("mail.log").read_text()
    accepted = [line for line in lines("courier") if line.get("message_id") == sealed["message_id"]]
    assert "notification" in str(accepted[0]["text"])
    assert f"{accepted[0]['queued_as']}: to=<jan." in stack.log.joinpath("mail.log").read_text()
    events = [line["event"] for line in lines("portal") if line.get("message_id") == sealed["message_id"]]
    assert events == ["password asked", "wrong password", "opened"]
    everything = "".join(stack.log.joinpath(f"{name}.log").read_text() for name in ("milter", "courier", "portal"))
    assert ".example" not in everything and "111222333" not in everything


def health(port: int) -> tuple[int, str]:
    try:
        return 200, fetched(port, "/health")
    except urllib.error.HTTPError as wrong:
        return wrong.code, wrong.read().decode()


def test_health_says_what_is_away_and_figures_go_on(stack: Stack, port: int) -> None:
    until(lambda: health(port) == (200, '{"status": "ok", "problems": []}\n'))
    stack.services["milter"].stop()
    code, said = health(port)
    assert code == 503 and "milter: nothing answers" in said and json.loads(said)["status"] == "wrong"
    assert figure(fetched(port, "/metrics"), "zegel_milter_running") == 0
