"""The demo's own parts: its refusals, its processes, its inbox page."""

from __future__ import annotations

import http.client
import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from signal import Signals

import pytest

from demo.documents import docx
from demo.inbox import Inbox, person
from demo.maildir import Maildirs
from demo.place import check_folder, check_port, free_ports
from demo.postfix_config import mailbox_name
from demo.processes import Service, StartError, runs
from demo.samples import samples

ANNA = "anna@kliniek.example"
JAN = "jan@post.example"
HTML = "<p>Dag <a href='https://safe.example/m/x'>open</a><script>alert(1)</script></p>"


def deliver(mail: Path, address: str, message: EmailMessage | bytes, number: int = 1) -> str:
    """Puts a mail into a Maildir, as virtual(8) names its files; the file's name."""
    box = mail / mailbox_name(address) / "new"
    box.mkdir(parents=True, exist_ok=True)
    name = f"{1_800_000_000 + number}.Vfe00I{number}M{number:06}.host"
    raw = message if isinstance(message, bytes) else message.as_bytes(policy=SMTP.clone(linesep="\n"))
    box.joinpath(name).write_bytes(raw)
    return name


def letter(subject: str = "Uitslag", body: str = "Dag Jan") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = f"Anna de Wit <{ANNA}>", f"Jan <{JAN}>", subject
    message.set_content(body)
    message.add_alternative(HTML, subtype="html")
    message.add_attachment(b"\x00inhoud", maintype="application", subtype="pdf", filename="brief é.pdf")
    return message


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    with Inbox(tmp_path / "mail", tmp_path / "sms", free_ports(1)[0]) as started:
        yield started


def get(inbox: Inbox, path: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection(inbox.url.removeprefix("http://"), timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def test_an_empty_inbox_says_so(inbox: Inbox) -> None:
    status, _, page = get(inbox, "/")
    assert status == 200
    assert b"Nobody has any mail yet" in page


def test_a_mailbox_lists_its_mails_newest_first(inbox: Inbox) -> None:
    for number, subject in enumerate(("eerste", "tweede"), 1):
        deliver(inbox.maildirs.folder, JAN, letter(subject), number)
    page = get(inbox, f"/mail/{JAN}")[2].decode()
    assert page.index("tweede") < page.index("eerste")
    assert [(box.name, box.count) for box in inbox.boxes()] == [("Jan", 2)]


def test_a_mail_is_shown_with_its_files_and_its_html_in_a_frame_that_can_do_nothing(inbox: Inbox) -> None:
    key = deliver(inbox.maildirs.folder, JAN, letter())
    page = get(inbox, f"/mail/{JAN}/{key}")[2].decode()
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert "brief é.pdf" in page
    assert "alert(1)" not in page
    status, headers, body = get(inbox, f"/mail/{JAN}/{key}/html")
    assert status == 200
    assert b"Dag" in body
    assert "script-src" not in headers["Content-Security-Policy"]
    assert headers["Content-Security-Policy"].startswith("sandbox ")
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_text_source_and_files_of_a_mail_can_be_had(inbox: Inbox) -> None:
    message = letter(body="Ga naar https://safe.example/m/abc nu")
    key = deliver(inbox.maildirs.folder, JAN, message)
    assert b'href="https://safe.example/m/abc"' in get(inbox, f"/mail/{JAN}/{key}?as=text")[2]
    assert get(inbox, f"/mail/{JAN}/{key}/source")[2] == inbox.maildirs.letters(JAN)[0].raw
    status, headers, content = get(inbox, f"/mail/{JAN}/{key}/file/0")
    assert (status, content) == (200, b"\x00inhoud")
    assert headers["Content-Disposition"].startswith("attachment;")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        b"Date: nonsense\nFrom: <<<>\nContent-Type: text/plain; charset=klingon\n\nx\n",
        b"Content-Type: multipart/mixed\n\nno boundary\n",
        b'Content-Type: multipart/mixed; boundary="a"\n\n--a\nContent-Transfer-Encoding: base64\n\n!!!\n--a--\n',
    ],
)
def test_a_broken_mail_does_not_break_the_page(inbox: Inbox, raw: bytes) -> None:
    key = deliver(inbox.maildirs.folder, JAN, raw)
    assert [get(inbox, path)[0] for path in ("/", f"/mail/{JAN}", f"/mail/{JAN}/{key}")] == [200, 200, 200]


@pytest.mark.parametrize("path", ["/mail/..%2f..%2fetc/x", "/mail/x/y", "/phone/%2e%2e", "/static/..%2finbox.py"])
def test_what_is_not_there_is_not_shown(inbox: Inbox, path: str) -> None:
    status, _, page = get(inbox, path)
    assert status in (403, 404) or b"<ol" in page
    assert b"import" not in page


def test_phones_show_only_when_there_are_any(inbox: Inbox) -> None:
    assert b"Phones" not in get(inbox, "/")[2]
    phone = inbox.phones / "+31612345678"
    phone.mkdir(parents=True)
    phone.joinpath("1.txt").write_text("Uw code is 123 456")
    assert b"Phones" in get(inbox, "/")[2]
    assert "Uw code is 123 456" in get(inbox, "/phone/+31612345678")[2].decode()


def test_a_person_without_a_name_is_named_after_the_address() -> None:
    assert person("fatima.elamrani@thuis.example") == "Fatima Elamrani"
    assert person("Balie <balie@kliniek.example>") == "Balie"


def test_mailboxes_cannot_be_outside_the_folder(tmp_path: Path) -> None:
    assert mailbox_name("../../x/Y@Z.example") == "____x_y@z.example"
    assert Maildirs(tmp_path).letters("../..") == []


def test_the_samples_are_one_clean_and_three_sensitive_mails() -> None:
    found = ["111222333" in str(message.get_body(("plain",))) for message in samples()]
    assert found == [False, True, False, True]
    assert [part.get_filename() for part in samples()[2].iter_attachments()] == ["Overzicht declaraties.docx"]
    assert docx("a", [("b",)])[:4] == b"PK\x03\x04"


def test_a_port_in_use_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(StartError, match=f"port {taken.getsockname()[1]} "):
            check_port(taken.getsockname()[1])


def test_a_folder_that_will_not_do_is_refused_with_the_reason() -> None:
    # Not pytest's own folder: that is closed to Postfix already.
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        top = Path(folder)
        top.chmod(0o755)
        check_folder(top / "fine", top / "s")
        used = top / "used"
        used.mkdir()
        used.joinpath("thesis.doc").touch()
        with pytest.raises(StartError, match="holds other files"):
            check_folder(used, top / "s")
        with pytest.raises(StartError, match="too long"):
            check_folder(top / "x", top / ("x" * 120))
        closed = top / "closed"
        closed.mkdir(mode=0o700)
        with pytest.raises(StartError, match=r"closed to Postfix"):
            check_folder(closed / "data", top / "s")
        assert not closed.joinpath("data").exists()


def service(tmp_path: Path, code: str) -> Service:
    log = tmp_path / "x.log"
    ready = tmp_path / "ready"
    return Service(
        "x",
        [sys.executable, "-c", code, str(ready)],
        log=log,
        pid_file=tmp_path / "x.pid",
        answers=ready.exists,
    )


RUN = "import pathlib, sys, time; pathlib.Path(sys.argv[1]).touch(); time.sleep(60)"


def test_a_service_is_ended_with_its_children(tmp_path: Path) -> None:
    child = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])"
    made = service(tmp_path, f"import subprocess, sys; print({child}.pid, flush=True); {RUN}")
    made.start()
    workers = int(made.log_tail())
    assert made.pid
    assert Path(f"/proc/{workers}").exists()
    made.stop()
    assert made.pid is None
    for _ in range(100):
        if not runs(workers, [sys.executable, "-c", "import time; time.sleep(60)"]):
            break
        time.sleep(0.02)
    else:
        pytest.fail("the worker lives on")
    assert not tmp_path.joinpath("x.pid").exists()


def test_a_service_that_a_thread_started_outlives_the_thread(tmp_path: Path) -> None:
    made = service(tmp_path, RUN)
    thread = threading.Thread(target=made.start)
    thread.start()
    thread.join()
    time.sleep(0.5)
    assert not made.ended_by_itself()
    made.stop()


def test_a_service_that_ends_at_once_is_said_with_its_log(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="no key"):
        service(tmp_path, "raise SystemExit('no key')").start()


def test_what_a_killed_run_left_is_ended_and_nothing_else(tmp_path: Path) -> None:
    first, second = service(tmp_path, RUN), service(tmp_path, RUN)
    first.start()
    left = first.pid
    assert left
    second.start()  # as after kill -9 of the demo: only the pid file tells
    deadline = time.monotonic() + 30
    while not first.ended_by_itself():  # it has left its arguments already, and not yet /proc
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert second.pid not in (None, left)
    second.stop()
    first.stop()
    tmp_path.joinpath("x.pid").write_text(f"{os.getpid()}\n")
    second.end_leftover()  # our own id, but not that command: we live on


def test_a_service_that_crashes_is_noticed(tmp_path: Path) -> None:
    made = service(tmp_path, RUN)
    made.start()
    assert not made.ended_by_itself()
    made.signal(Signals.SIGKILL)
    for _ in range(200):
        if made.ended_by_itself():
            break
        time.sleep(0.01)
    assert made.ended_by_itself()
    made.stop()
