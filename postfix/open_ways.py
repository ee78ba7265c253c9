"""Ways around Zegel that a configuration of Postfix leaves open; a part of zegel-postfix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from milter_list import MILTER_LISTS, OURS, elements
from postconf import Postfix
from sender_warnings import sender_warnings

FORGETS = (
    "where a map changes a recipient, deleting it does nothing, and the original leaves; "
    "set enable_original_recipient = yes"
)
COPIES = ("always_bcc", "sender_bcc_maps", "recipient_bcc_maps")


def warnings(postfix: Postfix, options: dict[str, str], own: Sequence[str]) -> Iterator[str]:
    """Ways around Zegel that this configuration leaves open."""
    services = postfix.services()
    ours = {name for name, line in services.items() if "syslog_name=postfix/zegel" in line}
    overrides = [each for each in postfix.overrides() if each[0] not in ours]
    yield from sender_warnings(postfix.effective, overrides, own)
    for service, name, value in overrides:
        if name in MILTER_LISTS and OURS not in elements(value):
            yield (
                f"master.cf: {service} has its own {name}: mail that comes in there does not pass Zegel. "
                "Unless that is meant (the way back from a content filter), put Zegel in front: "
                f"-o {name}={','.join([OURS, *elements(value)])}"
            )
        if name == "receive_override_options" and "no_milters" in value:
            yield f"master.cf: {service} has no_milters: mail that comes in there does not pass Zegel"
        if name == "enable_original_recipient" and value != "yes":
            yield f"master.cf: {service} sets {name}: {FORGETS}"
        if name in (*COPIES, "smtpd_milter_maps") and value:
            yield f"master.cf: {service} sets {name}: see that parameter below or in docs/operations.md"
    if "no_milters" in postfix.effective("receive_override_options"):
        yield "main.cf: receive_override_options has no_milters: no mail passes Zegel"
    if postfix.effective("enable_original_recipient") != "yes":
        yield f"main.cf: enable_original_recipient is off: {FORGETS}"
    if postfix.effective("smtpd_milter_maps"):
        yield "main.cf: smtpd_milter_maps can switch Zegel off for the clients it lists"
    for name in COPIES:
        if value := postfix.effective(name):
            yield (
                f"main.cf: {name} = {value}: Postfix adds these copies after Zegel has looked: they hold the "
                "original, in clear, and are missing where every recipient was protected"
            )
    for name, macro in (("milter_mail_macros", "{auth_authen}"), ("milter_end_of_data_macros", "i")):
        if macro not in postfix.effective(name).replace(",", " ").split():
            yield f"main.cf: {name} lacks {macro}: Zegel needs it (the default has it)"
    chrooted = any(f[7] == "smtpd" and f[4] == "y" for f in map(str.split, services.values()))
    if chrooted and options["socket"].startswith("unix:/"):
        yield f"smtpd is chrooted and cannot reach {options['socket']}; use a path below the queue directory"
