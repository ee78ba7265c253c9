"""main.cf, master.cf and the mailbox lookup of the private Postfix, as text."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import Final

MESSAGE_LIMIT: Final = 60_000_000
"""Bytes; above the 25 MB mails of the tests after base64."""


def basics(folder: Path, log: Path) -> dict[str, str]:
    """The part of main.cf that does not say where mail goes."""
    return {
        "compatibility_level": "3.6",
        "queue_directory": str(folder / "queue"),
        "data_directory": str(folder / "data"),
        "command_directory": "/usr/sbin",
        "daemon_directory": "/usr/lib/postfix/sbin",
        "meta_directory": "/etc/postfix",
        "mail_owner": "postfix",
        "setgid_group": "postdrop",
        "multi_instance_enable": "yes",
        "multi_instance_name": "postfix-zegel",
        "maillog_file": str(log),
        "maillog_file_prefixes": str(log.parent),
        "inet_interfaces": "127.0.0.1",
        "inet_protocols": "ipv4",
        "mynetworks": "127.0.0.0/8",
        "smtp_host_lookup": "native",
        "smtp_dns_support_level": "disabled",
        "smtpd_peername_lookup": "no",
        "myhostname": "mail.kliniek.example",
        "myorigin": "kliniek.example",
        "mydestination": "",
        "local_recipient_maps": "",
        "alias_maps": "",
        "alias_database": "",
        "local_transport": "error:mail is delivered by virtual(8)",
        "biff": "no",
        "smtpd_relay_restrictions": "permit_mynetworks, reject",
        # A gateway passes mail on as it came; adding a missing Date or completing an address is
        # the work of the server where it was submitted.
        "local_header_rewrite_clients": "",
        "smtputf8_enable": "yes",
        "enable_long_queue_ids": "yes",  # Postfix uses short ones again, and then two mails in a log look like one
        "message_size_limit": str(MESSAGE_LIMIT),
        "mailbox_size_limit": "0",
        "virtual_mailbox_limit": "0",
        # A deferred mail is tried again while somebody is looking.
        "queue_run_delay": "5s",
        "minimal_backoff_time": "5s",
        "maximal_backoff_time": "30s",
    }


def to_sink(host: str, port: int) -> dict[str, str]:
    """All mail goes on by SMTP to one place."""
    return dict.fromkeys(("default_transport", "relay_transport"), f"smtp:[{host}]:{port}")


def to_maildirs(mail: Path, config: Path) -> dict[str, str]:
    """All mail for anybody is delivered to a Maildir below `mail`; the lookup is in `config`/mailboxes.cf."""
    uid, gid = mailbox_owner()
    return {
        "virtual_mailbox_domains": "static:all",
        "virtual_mailbox_base": str(mail),
        "virtual_mailbox_maps": f"sqlite:{config}/mailboxes.cf",
        "virtual_uid_maps": f"static:{uid}",
        "virtual_gid_maps": f"static:{gid}",
    }


def mailbox_table(database: Path) -> str:
    """A lookup that turns any address into its folder.

    virtual(8) refuses `$1` in regexp tables, so that a sender cannot choose a path; here SQL makes
    the name, without a slash or a `..` from outside.
    """
    query = "SELECT replace(replace(lower('%s'), '/', '_'), '..', '_') || '/'"
    return f"dbpath = {database}\nquery = {query}\n"


def mailbox_name(address: str) -> str:
    """The folder below the mail folder for `address`, as the query of `mailbox_table` makes it.

    >>> mailbox_name("Jan/../Jansen@Post.example")
    'jan____jansen@post.example'
    """
    return address.lower().replace("/", "_").replace("..", "_")


def mailbox_owner() -> tuple[int, int]:
    """The (uid, gid) that mail is delivered as: ourselves, or `nobody` when we are root.

    virtual(8) refuses to deliver as root.
    """
    if os.geteuid() != 0:
        return os.getuid(), os.getgid()
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


SMTPD: Final = "inet n - n - - smtpd"

SERVICES: Final = """\
pickup    unix n - n 60 1 pickup
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp      unix - - n - - smtp
relay     unix - - n - - smtp
showq     unix n - n - - showq
error     unix - - n - - error
retry     unix - - n - - error
discard   unix - - n - - discard
virtual   unix - n n - - virtual
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""
"""The services that this instance needs besides its listener, none of them chrooted."""
