"""postfix/zegel-postfix and the listener for direct delivery: put in, shown, changed, refused and taken out."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.e2e.postfix_tools import postconf, script

PORTS = ("--direct-port", "10027", "--map-port", "10028")


def meaning(folder: Path) -> tuple[str, str, str]:
    return postconf(folder, "-n"), postconf(folder, "-M"), postconf(folder, "-P")


@pytest.fixture
def debian(tmp_path: Path) -> Path:
    folder = tmp_path / "etc"
    folder.mkdir()
    shutil.copy("/usr/share/postfix/master.cf.dist", folder / "master.cf")
    folder.joinpath("main.cf").write_text("compatibility_level = 3.6\nsmtpd_milters = inet:localhost:8891\n")
    return folder


def test_nothing_of_it_is_there_unless_it_is_asked_for(debian: Path) -> None:
    script(debian, "apply")
    assert "zegel-direct" not in "".join(meaning(debian))


def test_apply_and_undo_leave_the_configuration_as_it_was(debian: Path) -> None:
    before = meaning(debian)
    shown = script(debian, "show", *PORTS)
    assert "+ zegel-direct unix" in shown and "+ 127.0.0.1:10027 inet" in shown
    assert meaning(debian) == before
    script(debian, "apply", *PORTS)
    services = postconf(debian, "-P")
    assert "zegel-direct/unix/smtp_tls_security_level = dane-only" in services
    assert "zegel-direct-sts/unix/smtp_tls_security_level = secure" in services
    assert "socketmap:inet:127.0.0.1:10028:route" in services
    assert "127.0.0.1:10027/inet/smtpd_milters = $zegel_signer" in services
    assert script(debian, "apply") == "nothing to change\n", "the ports are remembered"
    script(debian, "undo")
    assert meaning(debian) == before


def test_its_listener_is_a_socket_where_that_is_asked_for(debian: Path) -> None:
    before = meaning(debian)
    script(debian, "apply", "--direct-port", "socket")
    assert [line.split()[0] for line in postconf(debian, "-M").splitlines() if " inet " in line] == ["smtp"]
    services = postconf(debian, "-P")
    assert "zegel-submit-direct/unix/content_filter = zegel-direct:" in services
    assert "zegel-submit-direct/unix/smtpd_milters = $zegel_signer" in services
    assert script(debian, "apply") == "nothing to change\n"
    script(debian, "undo")
    assert meaning(debian) == before


def test_it_can_be_taken_out_alone(debian: Path) -> None:
    script(debian, "apply")
    before = meaning(debian)
    script(debian, "apply", *PORTS)
    script(debian, "apply", "--direct-port", "off")
    assert meaning(debian) == before


def test_a_transport_delivers_over_a_proven_connection_or_not_at_all(debian: Path) -> None:
    """Nothing in main.cf weakens it: what could is set for the transport itself."""
    debian.joinpath("main.cf").write_text(
        "compatibility_level = 3.6\nsmtp_tls_policy_maps = static:none\nsmtp_tls_security_level = none\n"
        "smtp_fallback_relay = [192.0.2.1]\nrelayhost = [192.0.2.2]\nsmtp_tls_mandatory_protocols = >=TLSv1\n"
        "smtp_host_lookup = native\nsoft_bounce = yes\n"
    )
    script(debian, "apply", *PORTS)
    own = postconf(debian, "-P")
    for transport, policy in (
        ("zegel-direct", "static:dane-only"),
        ("zegel-direct-sts", "socketmap:inet:127.0.0.1:10028:policy"),
    ):
        assert f"{transport}/unix/smtp_tls_policy_maps = {policy}" in own
        for line in (
            "smtp_fallback_relay =", "smtp_tls_mandatory_protocols = >=TLSv1.2", "smtp_host_lookup = dns",
            "soft_bounce = no", "smtp_dns_support_level = dnssec", "smtp_tls_wrappermode = no",
        ):  # fmt: skip
            assert f"{transport}/unix/{line}" in own


@pytest.mark.parametrize(
    "words",
    [
        ("--direct-port", "10026", "--port", "10026"),
        ("--direct-port", "0"),
        ("--direct-port", "x"),
        ("--direct-port", "10028"),
    ],
    ids=" ".join,
)
def test_a_port_that_cannot_be_is_refused(debian: Path, words: tuple[str, ...]) -> None:
    before = meaning(debian)
    assert "port" in script(debian, "apply", *words, fails=True)
    assert meaning(debian) == before


def test_a_port_that_something_else_has_is_refused(debian: Path) -> None:
    with debian.joinpath("master.cf").open("a") as file:
        file.write("127.0.0.1:10027 inet n - n - - smtpd\n")
    assert "10027" in script(debian, "apply", *PORTS, fails=True)
