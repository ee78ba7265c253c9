"""All of Zegel on a PostgreSQL server: its processes, its commands, and the server killed and restarted under load."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from signal import SIGKILL
from typing import Any

import pytest

from demo.stack import Options, Ports, Stack
from tests.e2e.conftest import folder_for_postfix
from tests.e2e.load import Load, Sample, delivered
from tests.e2e.page import Visitor
from tests.e2e.post import SENDER, Post, plain, without_trace
from tests.e2e.recipient import Recipient, is_notification, link_in
from tests.e2e.writing_back import from_jan, write
from tests.support.cluster import Cluster

SECRET = "Uw burgerservicenummer is 111222333 en de kersenbloesem staat in bloei."
NUMBER = "+31612345678"
PATIENCE = 120.0


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster() as started:
        yield started


@pytest.fixture(scope="module")
def post(cluster: Cluster) -> Iterator[Post]:
    """A stack of its own, whose database is on the server."""
    with folder_for_postfix() as folder:
        settings: dict[str, Any] = {
            "storage": {"database": cluster.database_of(folder).url},
            "sms": {"gateway": "folder", "folder": "sms"},
            "notices": {"receipt": True},
        }
        with Stack(folder, Ports.free(), Options(settings=settings)) as stack:
            yield Post(stack)


def zegel(post: Post, *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "zegel"), *words, "--config", str(post.stack.config)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def rows(cluster: Cluster, post: Post, sql: str) -> list[tuple[Any, ...]]:
    name = cluster.database_of(post.stack.data).url.partition("@/")[2].partition("?")[0]
    with contextlib.closing(cluster.connected(name)) as connection:
        return connection.execute(sql).fetchall()


def until(true: Callable[[], object], what: Callable[[], object] | str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, what if isinstance(what, str) else what()
        time.sleep(0.2)


def left(cluster: Cluster, post: Post) -> object:
    """What is still to be sent, for who has to find out why."""
    sql = "SELECT id, kind, state, attempts, next_try, lease_until, owner, error FROM outbox WHERE state != 'done'"
    return time.time(), rows(cluster, post, sql), post.stack.log.joinpath("courier.log").read_text()[-3000:]


def test_mail_is_sealed_read_answered_and_recalled(post: Post, cluster: Cluster) -> None:
    assert not (post.stack.data / "zegel.db").exists()
    colleague = post.somebody("bram")
    clean = plain("Agenda", "Tot morgen.", to=colleague)
    post.send(clean, colleague)
    assert without_trace(post.wait_for_mail(colleague, seconds=PATIENCE).raw) == clean.replace(b"\r\n", b"\n")

    jan = Recipient(post, post.somebody("jan"))
    raw = plain("Uw gegevens", SECRET, to=jan.address)
    post.send(raw, jan.address)
    jan.notification(PATIENCE)
    assert jan.original(jan.unlock()) == raw
    assert write(jan, "Dank u wel.").status == 200
    post.wait_for_mail(SENDER, from_jan(jan), PATIENCE)

    eva = Recipient(post, post.somebody("eva", "elders.example"))
    (post.stack.data / "numbers.csv").write_text(f"address,number\n{eva.address},{NUMBER}\n")
    assert zegel(post, "phone", "import", str(post.stack.data / "numbers.csv")).returncode == 0
    post.send(plain("[zeer veilig] Uitslag", "Alles is goed.", to=eva.address), eva.address)
    link, visitor = link_in(post.wait_for_mail(eva.address, is_notification, PATIENCE)), eva.visitor
    visitor.submit(visitor.get(link).form("/code"))
    sms = post.stack.data / "sms" / NUMBER
    until(lambda: list(sms.glob("*.txt")), "no SMS came")
    (code,) = re.findall(r"#(\d{6})$", next(sms.glob("*.txt")).read_text())
    page = visitor.submit(visitor.get(f"{link}/enter").form("/enter"), code=code)
    assert page.url.endswith("/message") and "Alles is goed." in eva.body(page)

    receipt = post.wait_for_mail(SENDER, lambda letter: eva.address in letter.body("plain"), PATIENCE)
    (senders_page,) = set(re.findall(r"http://localhost:\d+/s/[\w-]+", receipt.body("plain")))
    anna = Visitor()
    anna.submit(anna.get(f"{senders_page}/recall").form("/recall"))
    assert not [form for form in visitor.get(link).forms if form.action.endswith(("/code", "/enter"))]
    assert dict(rows(cluster, post, "SELECT recipient, state FROM delivery"))[eva.address] == "recalled"


def test_the_commands_work_while_all_runs(post: Post) -> None:
    said = {each["name"]: each["state"] for each in json.loads(zegel(post, "check", "--json").stdout)["findings"]}
    assert {said[name] for name in ("key ring", "outbox", "milter", "courier", "portal")} == {"ok"}, said
    for words in (["report"], ["outbox", "list"], ["phone", "list"], ["audit", "verify", "--full"], ["upgrade-check"]):
        done = zegel(post, *words)
        assert done.returncode in (0, 1) and "Traceback" not in done.stderr, (words, done)
    done = zegel(post, "backup", str(post.stack.data / "backup"))
    assert done.returncode == 0 and "verified" in done.stdout, done
    refused = zegel(post, "restore", "--yes", str(post.stack.data / "backup"))
    assert refused.returncode == 1 and "Zegel runs" in refused.stderr


def test_a_server_killed_and_restarted_under_load_loses_nothing_and_doubles_nothing(
    post: Post, cluster: Cluster
) -> None:
    chance = random.Random(20261127)
    samples = [Sample(number, sensitive=number % 2 == 0) for number in range(120)]
    ((before,),) = rows(cluster, post, "SELECT COUNT(*) FROM message")
    load = Load(post.stack.ports.smtp, samples, pace=0.3)
    load.start()
    for number in range(4):
        time.sleep(chance.uniform(1, 2))
        if number == 2:
            cluster.stop("fast")
            time.sleep(1)
            cluster.start()
            continue
        with contextlib.suppress(Exception):  # the server may still be recovering from the kill before
            pids = rows(cluster, post, "SELECT pid FROM pg_stat_activity WHERE application_name = 'zegel'")
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(pids)[0], SIGKILL)  # one backend; the server ends all others and recovers
    load.finish()
    assert len(load.accepted) == len(samples)
    open_ = "SELECT COUNT(*) FROM outbox WHERE state != 'done' AND kind = 'notification'"
    until(
        lambda: rows(cluster, post, open_) == [(0,)] and post.stack.postfix.queue_empty(), lambda: left(cluster, post)
    )
    counts = {sample: delivered(post.stack.mail, sample) for sample in samples}
    assert [sample for sample, count in counts.items() if count == 0] == []
    assert [sample for sample, count in counts.items() if count > 1 and not sample.sensitive] == []
    ((sealed,),) = rows(cluster, post, "SELECT COUNT(*) FROM message")
    assert sealed - before == len(samples) // 2
    # Accepted by Postfix, and the server was killed before that was noted: once more as itself, by each thread at most.
    assert sum(count - 1 for count in counts.values()) <= 4 * 4
    assert zegel(post, "audit", "verify", "--full").returncode == 0


def test_a_second_host_serves_what_the_first_began_and_goes_on_without_it(post: Post, cluster: Cluster) -> None:
    first = post.stack
    with folder_for_postfix() as folder:
        options = Options(settings={"storage": {"database": cluster.database_of(first.data).url}})
        second = Stack(folder, Ports.free(), options)
        (folder / "demo.lock").touch()  # a folder of ours, though it is not empty
        for name in ("master.key", "rules.yaml"):
            shutil.copy(first.data / name, folder / name)
        second.config.write_text(second.settings_text(), encoding="utf-8")
        other = Post(second)
        assert zegel(other, "key", "sealing").returncode == 0
        joined = zegel(other, "host", "join")
        assert joined.returncode == 0, joined
        with second:
            first.kill("courier")
            eva = Recipient(other, other.somebody("eva"))
            raw = plain("Uw gegevens", SECRET, to=eva.address)
            other.send(raw, eva.address)
            link = link_in(eva.notification(PATIENCE)).replace(second.portal_url, first.portal_url)
            page = eva.visitor.submit(eva.visitor.get(link).form("/password"))
            page = eva.visitor.submit(page.form("/enter"), password=eva.password(PATIENCE))
            assert page.url.startswith(first.portal_url) and eva.original(page) == raw
            said = {
                each["name"]: each["text"] for each in json.loads(zegel(other, "check", "--json").stdout)["findings"]
            }
            assert said["hosts"].startswith("2 hosts; seen: "), said["hosts"]
            for service in ("milter", "courier", "portal"):
                second.kill(service)
            first.restart("courier")
            jan = Recipient(post, post.somebody("jan"))
            raw = plain("Uw gegevens", SECRET, to=jan.address)
            post.send(raw, jan.address)
            jan.notification(PATIENCE)
            assert jan.original(jan.unlock()) == raw
            for service in ("courier", "milter", "portal"):
                second.restart(service)
    assert zegel(post, "audit", "verify", "--full").returncode == 0
