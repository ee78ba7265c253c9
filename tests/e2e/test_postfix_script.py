"""postfix/zegel-postfix on configurations: what it writes, keeps, refuses and takes out again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.conftest import SIGNER
from tests.e2e.postfix_tools import postconf, script


def meaning(folder: Path) -> tuple[str, str, str]:
    """All that Postfix reads from a configuration."""
    return postconf(folder, "-n"), postconf(folder, "-M"), postconf(folder, "-P")


def test_apply_and_undo_leave_the_configuration_as_it_was(debian: Path) -> None:
    before = meaning(debian)
    script(debian, "apply")
    assert meaning(debian) != before
    script(debian, "undo")
    assert meaning(debian) == before
    assert "# by hand" in debian.joinpath("main.cf").read_text()
    assert script(debian, "undo") == "nothing to undo\n"


def test_a_second_apply_changes_nothing_and_says_so(debian: Path) -> None:
    script(debian, "apply")
    files = {path: path.read_bytes() for path in debian.iterdir()}
    assert script(debian, "apply") == "nothing to change\n"
    assert script(debian, "show") == "nothing to change\n"
    assert {path: path.read_bytes() for path in debian.iterdir()} == files


def test_show_prints_old_and_new_and_writes_nothing(debian: Path) -> None:
    before = meaning(debian)
    shown = script(debian, "show")
    assert f"- smtpd_milters = {SIGNER}" in shown
    assert f"+ smtpd_milters = $zegel_milter, {SIGNER}" in shown
    assert "+ zegel-submit unix n - y - - smtpd" in shown
    assert meaning(debian) == before
    assert not debian.joinpath("zegel-postfix.json").exists()


def test_zegel_stands_before_the_signer_and_the_signer_alone_signs_what_comes_back(debian: Path) -> None:
    script(debian, "apply")
    assert "unix:zegel/milter.sock, default_action=tempfail" in postconf(debian, "-xh", "smtpd_milters")
    assert postconf(debian, "-xh", "smtpd_milters").strip().endswith(SIGNER)
    assert postconf(debian, "-xh", "non_smtpd_milters") == postconf(debian, "-xh", "smtpd_milters")
    assert postconf(debian, "-xP", "zegel-submit/unix/smtpd_milters").strip().endswith(f"= {SIGNER}")


def test_reports_pass_zegel_and_no_other_milter(debian: Path) -> None:
    postconf(debian, "-Me", "bounce/unix=bounce unix - - y - 0 bounce -o syslog_name=eigen")
    before = postconf(debian, "-M")
    script(debian, "apply")
    for service in ("bounce", "defer"):
        assert postconf(debian, "-hP", f"{service}/unix/cleanup_service_name").split() == ["zegel-bounces"]
        assert postconf(debian, "-hP", f"{service}/unix/internal_mail_filter_classes").split() == ["bounce"]
    assert postconf(debian, "-hP", "bounce/unix/syslog_name").split() == ["eigen"]
    assert postconf(debian, "-hP", "zegel-bounces/unix/non_smtpd_milters").split() == ["$zegel_milter"]
    assert "cleanup_service_name" not in postconf(debian, "-P", "trace/unix/*")
    postconf(debian, "-P", "bounce/unix/syslog_name=anders")
    assert "nothing" not in script(debian, "apply", "--port", "10099")
    script(debian, "undo")
    assert postconf(debian, "-M") == before.replace("syslog_name=eigen", "syslog_name=anders"), "a later change stays"


def test_a_filter_that_may_refuse_stays_in_front_when_the_signer_is_named(debian: Path) -> None:
    postconf(debian, "-e", f"smtpd_milters=inet:localhost:11332, {SIGNER}")
    script(debian, "apply", "--signer", SIGNER)
    assert postconf(debian, "-h", "smtpd_milters").strip() == f"inet:localhost:11332, $zegel_milter, {SIGNER}"
    assert postconf(debian, "-h", "zegel_signer").strip() == SIGNER
    assert script(debian, "apply") == "nothing to change\n", "the signer is remembered"


def test_the_default_action_of_the_other_milters_is_left_alone(debian: Path) -> None:
    script(debian, "apply")
    assert postconf(debian, "-h", "milter_default_action").strip() == "accept"


def test_a_port_takes_the_place_of_the_socket_and_is_remembered(debian: Path) -> None:
    before = meaning(debian)
    script(debian, "apply")
    for port in ("10026", "10027"):
        script(debian, "apply", "--port", port)
        listeners = [line.split()[:2] for line in postconf(debian, "-M").splitlines() if line.split()[7] == "smtpd"]
        assert listeners == [["smtp", "inet"], [f"127.0.0.1:{port}", "inet"]]
        who = postconf(debian, "-hP", f"127.0.0.1:{port}/inet/smtpd_authorized_xclient_hosts")
        assert who.strip() == "", "at a port anybody could say whom they speak for"
        assert script(debian, "apply") == "nothing to change\n"
    script(debian, "apply", "--port", "socket")
    assert "zegel-submit unix" in postconf(debian, "-M") and "10027" not in postconf(debian, "-M")
    script(debian, "undo")
    assert meaning(debian) == before


def test_what_an_earlier_version_applied_becomes_a_socket_when_it_is_applied_again(debian: Path) -> None:
    before = meaning(debian)
    script(debian, "apply", "--port", "10026", "--direct-port", "10027")
    path = debian / "zegel-postfix.json"
    state = json.loads(path.read_text())
    del state["form"]
    path.write_text(json.dumps(state))
    shown = script(debian, "show")
    for port, name in ((10026, "zegel-submit"), (10027, "zegel-submit-direct")):
        assert f"  - 127.0.0.1:{port} inet n - y - - smtpd" in shown and f"  + {name} unix n - y - - smtpd" in shown
    script(debian, "apply")
    services = postconf(debian, "-M")
    assert " inet " not in services.partition("zegel-submit ")[2] and "zegel-submit-direct unix" in services
    assert script(debian, "apply") == "nothing to change\n"
    script(debian, "undo")
    assert meaning(debian) == before


@pytest.mark.parametrize("taken", ["zegel-submit unix n - n - - smtpd", "localhost:10026 inet n - n - - smtpd"])
def test_a_listener_that_is_somebody_else_s_is_refused_before_anything_is_written(debian: Path, taken: str) -> None:
    name, kind, _ = taken.split(" ", 2)
    postconf(debian, "-M", f"{name}/{kind}={taken}")
    before = meaning(debian)
    words = ("--port", "10026") if kind == "inet" else ()
    assert f"master.cf already has the service '{taken}'" in script(debian, "apply", *words, fails=True)
    assert meaning(debian) == before


@pytest.mark.parametrize(
    "words", [("--port", "off"), ("--port", "0"), ("--port", "x"), ("--map-port", "socket")], ids=" ".join
)
def test_a_port_that_is_none_is_refused(debian: Path, words: tuple[str, str]) -> None:
    before = meaning(debian)
    assert "a number from 1 to 65535 is needed" in script(debian, "apply", *words, fails=True)
    assert meaning(debian) == before


@pytest.mark.parametrize("socket_name", ["inet:8894@localhost", "milter.sock", "unix:"])
def test_a_socket_in_another_notation_is_refused(debian: Path, socket_name: str) -> None:
    assert "inet:HOST:PORT" in script(debian, "apply", "--socket", socket_name, fails=True)


def test_a_milter_that_was_added_later_survives_undo(debian: Path) -> None:
    script(debian, "apply")
    postconf(debian, "-e", f"smtpd_milters=$zegel_milter, {SIGNER}, inet:localhost:9")
    said = script(debian, "undo")
    assert "only Zegel is taken out" in said
    assert postconf(debian, "-h", "smtpd_milters").strip() == f"{SIGNER}, inet:localhost:9"
    assert "zegel" not in "".join(meaning(debian))


def test_a_milter_that_was_added_later_is_kept_by_apply_and_by_undo(debian: Path) -> None:
    script(debian, "apply")
    postconf(debian, "-e", f"smtpd_milters=$zegel_milter, {SIGNER}, inet:localhost:9")
    script(debian, "apply")
    assert postconf(debian, "-h", "zegel_signer").strip() == f"{SIGNER}, inet:localhost:9"
    script(debian, "undo")
    assert postconf(debian, "-h", "smtpd_milters").strip() == f"{SIGNER}, inet:localhost:9"


def test_an_apply_that_was_cut_off_is_finished_by_the_next_one_and_can_be_undone(debian: Path) -> None:
    before = meaning(debian)
    script(debian, "apply")
    postconf(debian, "-MX", "zegel-submit/unix")
    postconf(debian, "-X", "non_smtpd_milters")
    script(debian, "apply")
    assert "zegel-submit" in postconf(debian, "-M")
    script(debian, "undo")
    after = meaning(debian)
    assert after[1:] == before[1:]
    assert "zegel" not in after[0]


def test_ways_around_zegel_are_pointed_out(debian: Path) -> None:
    assert "warning" not in script(debian, "show")
    postconf(debian, "-M", f"submission/inet=submission inet n - y - - smtpd -o smtpd_milters={SIGNER}")
    postconf(debian, "-P", "pickup/unix/receive_override_options=no_header_body_checks,no_milters")
    postconf(debian, "-e", "always_bcc=archive@kliniek.example")
    postconf(debian, "-e", "enable_original_recipient=no")
    postconf(debian, "-P", "cleanup/unix/enable_original_recipient=no")
    shown = script(debian, "show")
    assert "submission/inet has its own smtpd_milters: mail" in shown
    assert f"-o smtpd_milters=$zegel_milter,{SIGNER}" in shown
    assert "pickup/unix has no_milters" in shown
    assert "main.cf: enable_original_recipient is off" in shown
    assert "cleanup/unix sets enable_original_recipient" in shown
    assert "always_bcc = archive@kliniek.example" in shown
    postconf(debian, "-P", f"submission/inet/smtpd_milters=$zegel_milter,{SIGNER}")
    assert "submission" not in script(debian, "show")


def test_a_socket_outside_the_chroot_is_pointed_out(debian: Path) -> None:
    assert "chrooted" in script(debian, "show", "--socket", "unix:/run/zegel/milter.sock")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("sender_canonical_maps=inline:{web@oud.lan=anna@kliniek.example}", "main.cf: sender_canonical_maps = inline:"),
        ("canonical_maps=hash:/etc/postfix/canonical", "main.cf: canonical_maps = hash:"),
        ("smtp_generic_maps=hash:/etc/postfix/generic", "main.cf: smtp_generic_maps = hash:"),
        ("masquerade_domains=kliniek.example", "main.cf: masquerade_domains = kliniek.example: "),
        ("smtp/unix/smtp_generic_maps=hash:/etc/postfix/generic", "master.cf: smtp/unix: smtp_generic_maps = hash:"),
        ("cleanup/unix/sender_canonical_maps=static:x@y.example", "master.cf: cleanup/unix: sender_canonical_maps = "),
        ("myorigin=web01.kliniek.example", "main.cf: myorigin = web01.kliniek.example is not in `domains`"),
        ("myorigin=FOLDER/mailname", "main.cf: myorigin = "),
        ("myhostname=web01.elders.example", "main.cf: myhostname = web01.elders.example is not in"),
        ("mydomain=elders.example", "main.cf: mydomain = elders.example is not in"),
        ("pickup/unix/myorigin=elders.example", "master.cf: pickup/unix: myorigin = elders.example is not in"),
    ],
)
def test_what_makes_senders_ours_afterwards_is_pointed_out(debian: Path, change: str, said: str) -> None:
    settings = debian / "zegel.yaml"
    settings.write_text("organisation: {name: x}\ndomains: [zörg.example,\n kliniek.example]\n", encoding="utf-8")
    (debian / "mailname").write_text("web01.kliniek.example\n")
    postconf(
        debian, "-e", "myorigin=xn--zrg-sna.example", "myhostname=mail.kliniek.example", "mydomain=kliniek.example"
    )
    words = ("show", "--settings", str(settings))
    assert "warning" not in script(debian, *words)
    settings.write_text(
        "domains: # ours\n\n  - kliniek.example # one\n  - 'zörg.example'\nportal: {}\n", encoding="utf-8"
    )
    assert "warning" not in script(debian, *words)
    change = change.replace("FOLDER", str(debian))
    postconf(debian, "-P" if change.count("/unix/") else "-e", change)
    shown = script(debian, *words)
    assert f"warning: {said}" in shown and shown.count("warning") == 1


def test_settings_that_are_not_there_are_an_error_when_they_were_named(debian: Path) -> None:
    assert "No such file" in script(debian, "show", "--settings", str(debian / "none.yaml"), fails=True)


# What Postfix would not work with.


NESTED = "{ inet:localhost:8891, { connect_timeout = 1s }, { protocol = 6 } }"
