"""Kannel, a modem, a folder; the choice between gateways; and the samples of the documentation."""

from __future__ import annotations

import json
import sqlite3
import sys
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
import yaml

from tests.unit.sms.sms_listener import SMS, TEXT, Listen, body_of, failure
from zegel.settings.sms import Gammu, Http, Kannel, Sms
from zegel.sms.folder import FolderGateway
from zegel.sms.gammu import GammuCommand, GammuOutbox
from zegel.sms.gateway import GatewayUnusable, Message
from zegel.sms.gateways import gateway_of
from zegel.sms.http_gateway import HttpGateway
from zegel.sms.kannel import KannelGateway

ROOT = Path(__file__).resolve().parents[3]


# Kannel.


@pytest.fixture
def password(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text("geheim\n")
    file.chmod(0o600)
    return file


def test_kannel_gets_all_it_needs(listening: Listen, password: Path) -> None:
    there = listening(b"HTTP/1.1 202 Accepted\r\n\r\n0: Accepted for delivery")
    KannelGateway(Kannel(url=there.url, user="zegel", password_file=password, smsc="kpn"), 5).send(SMS)
    first, *lines = there.requests[0].partition(b"\r\n\r\n")[0].decode().split("\r\n")
    assert first == "POST /send HTTP/1.1", "no password and no code in an address"
    assert {
        "Content-Type: text/plain; charset=UTF-8", "X-Kannel-Username: zegel", "X-Kannel-Password: geheim",
        "X-Kannel-From: Kliniek", f"X-Kannel-To: {SMS.number}", "X-Kannel-Coding: 0", "X-Kannel-SMSC: kpn",
        "X-Kannel-DLR-Mask: 19", "X-Kannel-DLR-Url: https://safe.clinic.example/r/0123?status=kannel-%d",
    } <= set(lines)  # fmt: skip
    assert body_of(there.requests[0]).decode() == TEXT


@pytest.mark.parametrize(
    ("answer", "permanent", "unsure"),
    [
        (b"HTTP/1.1 202 Accepted\r\n\r\ngarbage", False, True),
        (b"HTTP/1.1 200 OK\r\n\r\n0: Accepted for delivery", False, True),
        (b"HTTP/1.1 403 Forbidden\r\n\r\nAuthorization failed for sendsms", False, False),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\nTemporal failure, try again later.", False, False),
        (b"HTTP/1.1 400 Bad Request\r\n\r\nText missing", True, False),
        (b"\x00\x01", False, True),
    ],
)
def test_what_kannels_answers_mean(
    listening: Listen, password: Path, answer: bytes, permanent: bool, unsure: bool
) -> None:
    there = listening(answer)
    error = failure(KannelGateway(Kannel(url=there.url, user="zegel", password_file=password), 5).send)
    assert (error.permanent, error.unsure) == (permanent, unsure)


# A modem.

SMSD = """
CREATE TABLE outbox (ID INTEGER PRIMARY KEY AUTOINCREMENT, DestinationNumber TEXT NOT NULL DEFAULT '',
  TextDecoded TEXT NOT NULL DEFAULT '', CreatorID TEXT NOT NULL, Coding TEXT NOT NULL DEFAULT 'Default_No_Compression',
  DeliveryReport TEXT DEFAULT 'default', RelativeValidity INTEGER DEFAULT -1);
CREATE TABLE sentitems (ID INTEGER, CreatorID TEXT NOT NULL, Status TEXT NOT NULL DEFAULT 'SendingOK');
"""


@pytest.fixture
def smsd(tmp_path: Path) -> Path:
    path = tmp_path / "smsd.db"
    with sqlite3.connect(path) as database:
        database.executescript(SMSD)
    return path


def test_an_sms_lands_in_smsds_outbox_once_however_often_it_is_sent(smsd: Path) -> None:
    gateway = GammuOutbox(smsd)
    for _ in range(3):
        gateway.send(SMS)
    with sqlite3.connect(smsd) as database:
        rows = database.execute("SELECT DestinationNumber, TextDecoded, CreatorID FROM outbox").fetchall()
        assert rows == [(SMS.number, TEXT, SMS.reference)]
        database.execute("DELETE FROM outbox")
        database.execute("INSERT INTO sentitems (ID, CreatorID) VALUES (1, ?)", (SMS.reference,))
    gateway.send(SMS)
    with sqlite3.connect(smsd) as database:
        assert database.execute("SELECT count(*) FROM outbox").fetchone() == (0,)


@pytest.mark.parametrize(
    ("status", "word"),
    [("SendingOK", ""), ("DeliveryPending", ""), ("DeliveryOK", "delivered"), ("DeliveryFailed", "failed"),
     ("SendingError", "failed")],
)  # fmt: skip
def test_smsd_is_asked_what_became_of_it(smsd: Path, status: str, word: str) -> None:
    gateway = GammuOutbox(smsd)
    assert gateway.report(SMS.reference) == ""
    with sqlite3.connect(smsd) as database:
        database.execute("INSERT INTO sentitems (ID, CreatorID, Status) VALUES (1, ?, ?)", (SMS.reference, status))
    assert gateway.report(SMS.reference) == word


def test_a_locked_or_broken_outbox_is_tried_again(smsd: Path) -> None:
    gateway = GammuOutbox(smsd)
    with sqlite3.connect(smsd) as database:
        database.execute("DROP TABLE outbox")
    error = failure(gateway.send)
    assert not error.permanent and not error.unsure
    with pytest.raises(GatewayUnusable):
        GammuOutbox(smsd.with_name("missing.db"))


def test_a_command_gets_the_text_as_one_word_and_no_shell_sees_it(tmp_path: Path) -> None:
    out = tmp_path / "out"
    program = "import json, sys; open(sys.argv[1], 'w').write(json.dumps(sys.argv[2:]))"
    hostile = Message(SMS.number, "$(touch x); `rm -rf /` | {number}", "Z", SMS.reference, "")
    GammuCommand([sys.executable, "-c", program, str(out), "{number}", "{text}"], 10).send(hostile)
    assert json.loads(out.read_text()) == [SMS.number, hostile.text]


@pytest.mark.parametrize(
    ("command", "unsure"),
    [(["/nowhere/at/all"], False), (["false"], False), (["sleep", "5"], True)],
)
def test_a_command_that_fails_or_hangs(command: list[str], unsure: bool) -> None:
    error = failure(GammuCommand(command, 0.3).send)
    assert (error.permanent, error.unsure) == (False, unsure)


# A folder.


def test_the_folder_has_a_file_for_each_sms(tmp_path: Path) -> None:
    gateway = FolderGateway(tmp_path / "sms")
    gateway.send(SMS)
    gateway.send(SMS)
    files = sorted((tmp_path / "sms" / SMS.number).glob("*.txt"))
    assert [file.read_text() for file in files] == [TEXT, TEXT]
    (tmp_path / "blocked").write_text("")
    assert not failure(FolderGateway(tmp_path / "blocked").send).permanent


# The choice, and the samples of the documentation.


def test_each_kind_is_made_and_what_is_missing_is_said(tmp_path: Path, smsd: Path, password: Path) -> None:
    assert gateway_of(Sms()) is None
    assert isinstance(gateway_of(Sms(gateway="folder", folder=tmp_path)), FolderGateway)
    assert isinstance(gateway_of(Sms(gateway="http", http=Http(url="http://x"))), HttpGateway)
    kannel = Kannel(user="zegel", password_file=password)
    assert isinstance(gateway_of(Sms(gateway="kannel", kannel=kannel)), KannelGateway)
    assert isinstance(gateway_of(Sms(gateway="gammu", gammu=Gammu(database=smsd))), GammuOutbox)
    assert isinstance(gateway_of(Sms(gateway="gammu")), GammuCommand)
    missing = Http(url="http://x", secrets={"key": tmp_path / "none"})
    with pytest.raises(GatewayUnusable, match=r"sms\.http\.secrets\.key.*cannot be read"):
        gateway_of(Sms(gateway="http", http=missing))
    password.chmod(0o644)
    with pytest.raises(GatewayUnusable, match="can be read by everybody; run: chmod"):
        gateway_of(Sms(gateway="kannel", kannel=kannel))


def samples() -> dict[str, Sms]:
    """The settings in docs/sms.md, by the heading that they stand under."""
    found: dict[str, Sms] = {}
    for section in (ROOT / "docs/sms.md").read_text(encoding="utf-8").split("\n## ")[1:]:
        for block in section.split("```yaml\n")[1:]:
            document = yaml.safe_load(block.partition("```")[0])
            found[section.partition("\n")[0]] = Sms.model_validate(document["sms"])
    return found


def test_the_documentation_has_a_sample_for_each_gateway_and_every_one_is_in_order() -> None:
    found = samples()
    assert {"Kannel", "Twilio", "MessageBird (Bird)", "Spryng", "CM.com", "A modem", "A folder"} <= set(found)
    assert {sms.gateway for sms in found.values()} == {"folder", "http", "kannel", "gammu"}


@pytest.mark.parametrize("name", ["Twilio", "MessageBird (Bird)", "Spryng", "CM.com"])
def test_a_sample_makes_a_request_with_number_text_and_reference(name: str, tmp_path: Path) -> None:
    settings = samples()[name].http
    key = tmp_path / "key"
    key.write_text("k")
    key.chmod(0o600)
    secrets = {"secrets": dict.fromkeys(settings.secrets, key)}
    if settings.password_file:
        secrets["password_file"] = key  # type: ignore[assignment]
    request = HttpGateway(settings.model_copy(update=secrets), 5).request(SMS)
    body = json.loads(request.body) if request.body.startswith(b"{") else dict(parse_qsl(request.body.decode()))
    everything = json.dumps(body, ensure_ascii=False)
    assert "31612345954" in everything and "123456" in everything
    assert SMS.reference in everything or SMS.report_url in everything
    assert "{" not in everything.replace('{"', "").replace(": {", "").replace("[{", "").replace('": {', "")
