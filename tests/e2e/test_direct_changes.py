"""Direct delivery while the world changes: keys go, the resolver stops, the courier is killed; and every byte counts.

Runs in a network of its own, as tests/e2e/test_direct.py does.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.place import free_ports
from demo.processes import ending_with_us
from demo.stack import COMMANDS
from tests.e2e.direct_world import BODY, POSTFIX, RULES, SENDER, World, world

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.geteuid() != 0, reason="a network of its own needs root")]
TRUSTED = "[{domain: other.signed.test, tls: required}, {domain: clear.signed.test, tls: required}]"
RULES_HERE = RULES.replace("rules:\n", f"trusted_domains: {TRUSTED}\nrules:\n")


class Signer:
    """opendkim: signs what the clinic sends, and verifies what arrived."""

    def __init__(self, port: int) -> None:
        self.port = port

    def start(self, folder: Path) -> str:
        """Starts it; the record that has to be published."""
        self._folder = folder
        command = ["opendkim-genkey", "-b", "2048", "-d", "kliniek.example", "-s", "zegel", "-D", str(folder)]
        subprocess.run(command, check=True, capture_output=True)
        (folder / "sign.conf").write_text(
            f"Mode s\nSocket inet:{self.port}@127.0.0.1\nDomain kliniek.example\nSelector zegel\n"
            f"KeyFile {folder}/zegel.private\nCanonicalization simple/simple\nInternalHosts 127.0.0.1\nBackground no\n"
            "UserID root\nRequireSafeKeys no\nLogWhy yes\n"
        )
        (folder / "verify.conf").write_text("Mode v\nBackground no\nUserID root\nNameservers 127.0.0.1\n")
        self._process = subprocess.Popen(
            ending_with_us(["opendkim", "-f", "-x", str(folder / "sign.conf")]), stderr=subprocess.DEVNULL
        )
        text = "".join(part for part in (folder / "zegel.txt").read_text().split('"')[1::2])
        return f"zegel._domainkey.kliniek.example. TXT {' '.join(_pieces(text))}"

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()

    def verifies(self, file: Path) -> str:
        """What opendkim says of a mail."""
        command = ["opendkim", "-x", str(self._folder / "verify.conf"), "-vv", "-t", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.stdout + done.stderr


def _pieces(text: str) -> Iterator[str]:
    for place in range(0, len(text), 200):
        yield f'"{text[place : place + 200]}"'


@pytest.fixture(scope="module")
def signer() -> Signer:
    return Signer(free_ports(1)[0])


@pytest.fixture(scope="module")
def here(signer: Signer) -> Iterator[World]:
    signing = POSTFIX | {"smtpd_milters": f"inet:127.0.0.1:{signer.port}", "milter_default_action": "tempfail"}
    settings = {"direct_delivery": {"hours": 0.02}}
    with world(settings=settings, rules=RULES_HERE, postfix=signing) as started:
        folder = started.folder / "dkim"
        folder.mkdir()
        started.partners.dns.add(signer.start(folder))
        started.partners.dns.publish()
        yield started
        signer.stop()


def arrived_bytes(here: World, address: str) -> bytes:
    """What arrived, from the first field that the sender wrote."""
    raw = here.arrived(address).raw
    return raw[raw.index(b"From: Anna") :]


BODIES = {
    "eight bits": "Over de kersenbloesem, geëerde cliënt.\r\n".encode() + bytes(range(0xA1, 0xFF)) + b"\r\n",
    "long lines": b"kersenbloesem " + b"x" * 20_000 + b"\r\n",
    "dots": b"kersenbloesem\r\n.\r\n..\r\n. \r\n.end\r\n",
    "blanks at the end": b"kersenbloesem \t \r\n \r\n\r\n\r\n",
    "From in front": b"From the kersenbloesem\r\nFrom: nobody\r\n",
    "a megabyte": b"kersenbloesem\r\n" + b"0123456789abcdef" * 4 * 16_384 + b"\r\n",
}


@pytest.mark.parametrize("name", BODIES)
def test_every_byte_arrives_and_the_signature_holds(here: World, signer: Signer, name: str) -> None:
    more = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
    jan = here.send("right.signed.test", body=BODIES[name], more=more + "X-Odd:   two  blanks \r\n\tfolded\r\n")
    assert here.outcome(jan).kind == "delivered directly", here.why(jan)
    assert arrived_bytes(here, jan) == here.sent(jan).replace(b"\r\n", b"\n")
    if name != "long lines":  # opendkim itself reads lines of 16 kB at most
        said = signer.verifies(here.arrived(jan).path)
        assert "succeeded" in said, said
    assert b"DKIM-Signature" in here.arrived(jan).raw


def test_smime_stays_as_it_is(here: World, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9", "-subj", "/CN=Anna"]
    subprocess.run([*new, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    text = b"Content-Type: text/plain\r\n\r\nOver de kersenbloesem.\r\n"
    sign = ["openssl", "cms", "-sign", "-signer", str(certificate), "-inkey", str(key), "-crlfeol"]
    signed = subprocess.run(sign, input=text, check=True, capture_output=True).stdout.replace(b"\r\n", b"\n")
    head, _, body = signed.replace(b"\n", b"\r\n").partition(b"\r\n\r\n")
    jan = here.send("right.signed.test", body=body, more=head.decode() + "\r\n")
    assert here.outcome(jan).kind == "delivered directly", here.why(jan)
    found = tmp_path / "found.eml"
    found.write_bytes(here.arrived(jan).raw)
    verify = ["openssl", "cms", "-verify", "-CAfile", str(certificate), "-in", str(found), "-purpose", "any"]
    done = subprocess.run(verify, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert b"kersenbloesem" in done.stdout


def test_who_is_in_bcc_stays_secret(here: World) -> None:
    to, secret = "zichtbaar@right.signed.test", "geheim@right.signed.test"
    mail = (
        f"From: Anna <{SENDER}>\r\nTo: <{to}>\r\nBcc: <{secret}>\r\nSubject: x\r\nMessage-ID: <bcc@x>\r\n\r\n{BODY}\r\n"
    ).encode()
    here.hand_in(mail, to, secret)
    for address in (to, secret):
        assert here.outcome(address).kind == "delivered directly"
    assert b"geheim" not in here.arrived(to).raw
    assert b"Bcc" not in here.arrived(secret).raw


def test_a_key_that_goes_between_look_up_and_delivery_ends_in_a_notification(here: World) -> None:
    first = here.send("gone.signed.test")
    assert here.outcome(first).kind == "delivered directly", here.why(first)
    here.partners.dns.remove("_25._tcp.mx.gone.signed.test.")
    here.partners.dns.publish()
    here.stack.postfix.reload()  # a process of Postfix's keeps the keys that it saw for their TTL, too
    second = here.send("gone.signed.test")
    assert here.outcome(second).kind == "notified"
    assert "mx.gone.signed.test" in here.why(second) or "TLSA" in here.why(second)
    log = (here.stack.log / "courier.log").read_text()
    assert log.count("handed over for direct delivery, by dane") >= 2, "the courier still had the proof"


def test_a_domain_that_nobody_answers_for_delays_only_itself(here: World) -> None:
    dead = [here.send(f"d{number}.dead.test") for number in range(12)]
    living = [here.send("right.signed.test") for _ in range(3)]
    for address in living:
        assert here.outcome(address).kind == "delivered directly"
    ended = [here.outcome(address) for address in dead]
    assert {event.kind for event in ended} == {"notified"}
    assert max(here.outcome(each).at for each in living) < min(event.at for event in ended)


def test_level_2_goes_directly_by_the_standard(here: World) -> None:
    jan = here.send("nta.signed.test", word="perenbloesem")
    assert here.outcome(jan).details["proof"] == "NTA 7516", here.why(jan)


def test_at_level_2_without_it_the_sender_is_asked_for_a_number(here: World) -> None:
    jan = here.send("right.signed.test", word="perenbloesem")
    here.until(lambda: here.state(jan) == "held" or None, "a hold")
    assert [event.kind for event in here.events(jan)] == ["not delivered directly", "held"]
    assert here.letters(jan) == []


def test_a_rule_can_keep_it_home(here: World) -> None:
    jan = here.send("right.signed.test", word="appelbloesem")
    assert here.outcome(jan).kind == "notified"
    assert [event.kind for event in here.events(jan)] == ["notified"], "nothing was tried"


def test_a_trusted_domain_with_tls_required_gets_level_2_directly_or_not_in_clear(here: World) -> None:
    jan, eva = here.send("other.signed.test", word="perenbloesem"), here.send("clear.signed.test", word=BODY)
    assert here.outcome(jan).kind == "delivered directly", here.why(jan)
    assert here.outcome(eva).kind == "notified"
    assert all(b"bloesem" not in letter.raw for letter in here.letters(eva))


def test_the_resolver_stops_and_comes_back(here: World) -> None:
    here.partners.dns.stop_resolver()
    try:
        jan = here.send("never.signed.test")
        here.until(
            lambda: next((e for e in here.events(jan) if e.kind == "not delivered directly"), None), "the reason"
        )
        eva = here.send("right.signed.test")
    finally:
        here.partners.dns.start_resolver()
    assert here.outcome(jan).kind == "notified"
    # Known by the courier, and not by Postfix: put off or not proven, never in clear.
    assert here.outcome(eva).kind in ("notified", "delivered directly")
    assert here.outcome(here.send("right.signed.test")).kind == "delivered directly"


def test_a_courier_killed_at_any_moment_makes_one_mail_of_each(here: World) -> None:
    sent = []
    for number in range(10):
        sent += [here.send("right.signed.test"), here.send("wrong.signed.test")]
        time.sleep(0.03 * number)
        here.stack.kill("courier")
        here.stack.restart("courier")
    for address in sent:
        here.outcome(address, 240)
    time.sleep(2.0)
    for address in sent:
        kinds = [event.kind for event in here.events(address)]
        direct = [letter for letter in here.letters(address) if BODY.encode() in letter.raw]
        assert ("delivered directly" in kinds) is not ("notified" in kinds), kinds
        assert bool(direct) is ("delivered directly" in kinds)


def test_the_commands_say_what_happened_and_what_would(here: World) -> None:
    def zegel(*words: str) -> str:
        command = [str(COMMANDS / "zegel"), *words, "--config", str(here.stack.config)]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    report = zegel("report", "--direct")
    assert "right.signed.test" in report and "DANE" in report and "notified" in report
    right, clear = zegel("direct", "right.signed.test"), zegel("direct", "unsigned.plain.test")
    assert "DANE: proven: mx.right.signed.test" in right
    assert "level 1: is delivered directly, by DANE" in right
    assert "level 2: is notified" in right
    assert "are not signed" in clear and "level 1: is notified, because nothing proves" in clear
    assert "level 2: is delivered directly, by DANE" in zegel("direct", "other.signed.test")
    published = zegel("check", "--published")
    assert "missing kliniek.example DANE" in published and "IN TLSA 3 1 1" in published
    assert "mode: enforce" in published and "v=NTA7516-1" in published
    checked = zegel("check", "--postfix", str(here.stack.postfix.config))
    assert "direct delivery" in checked
