"""The core put together from the settings: what each process opens when it starts."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from zegel.conversations.conversations import Conversations
from zegel.conversations.replies import Replies
from zegel.conversations.writing import Writing
from zegel.direct.deliveries import DirectDeliveries
from zegel.recipients.holds import Holds
from zegel.recipients.phonebook import Phonebook
from zegel.recipients.preferences import People
from zegel.senders.pages import SenderPages
from zegel.settings.model import Settings, master_key_path
from zegel.unlock.access import Access
from zegel.unlock.agreed_codes import AgreedCodes
from zegel.unlock.agreed_way import AgreedWay
from zegel.unlock.feedback import Feedback
from zegel.unlock.passkeys import Passkeys
from zegel.unlock.password_way import Passwords
from zegel.unlock.remembered_devices import Devices
from zegel.unlock.sms_codes import Codes
from zegel.unlock.trust import Trust
from zegel.unlock.way import Way
from zegel.vault.keys import read_master_key
from zegel.vault.opening import open_vault
from zegel.vault.vault import Vault
from zegel.way_names import WayName


@dataclass(frozen=True, slots=True)
class Core:
    """What the processes stand on."""

    settings: Settings
    vault: Vault
    access: Access
    passwords: Passwords
    codes: Codes
    agreed: AgreedWay
    agreed_codes: AgreedCodes
    sender: SenderPages
    phonebook: Phonebook
    holds: Holds
    passkeys: Passkeys
    replies: Replies
    writing: Writing
    conversations: Conversations
    people: People
    devices: Devices
    feedback: Feedback
    direct: DirectDeliveries
    clock: Callable[[], float]

    @property
    def ways(self) -> Mapping[WayName, Way]:
        """The ways in, by the name that a delivery has."""
        return {"password": self.passwords, "sms": self.codes, "agreed": self.agreed}

    @property
    def trust(self) -> Trust:
        """What the portal needs of a recipient's own choices."""
        return Trust(self.people, self.devices, self.feedback)

    def close(self) -> None:
        self.vault.close()


def open_core(settings: Settings, clock: Callable[[], float] | None = None) -> Core:
    """Opens the database and the key ring. The date is the database's, unless there is another `clock`.

    Raises OSError, ForPeople, or peewee's errors when they cannot be written.
    """
    os.umask(0o077)  # whatever this process creates is its own: database, WAL, key ring, spool
    storage = settings.storage
    for folder in (storage.folder, storage.keyring.parent, storage.spool):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    master = read_master_key(master_key_path(settings))
    vault = open_vault(storage.place, storage.keyring, master, clock and clock())
    vault.keyring.watch()
    clock = clock or vault.store.engine.clock
    access, holds = Access(settings, vault, clock), Holds(vault)
    phonebook = Phonebook(vault, holds, clock)
    agreed_codes = AgreedCodes(vault, phonebook, holds, clock)
    return Core(
        settings,
        vault,
        access,
        Passwords(vault, access, clock),
        Codes(settings, vault, access, phonebook, clock),
        AgreedWay(vault, access, agreed_codes, phonebook, clock),
        agreed_codes,
        SenderPages(settings, vault, access, phonebook, agreed_codes, clock),
        phonebook,
        holds,
        Passkeys(settings, vault, access, clock),
        Replies(settings, vault, access, clock),
        Writing(settings, vault, access, clock),
        Conversations(vault, access, clock),
        People(settings, vault, clock),
        Devices(settings, vault, access, clock),
        Feedback(vault, access, clock),
        DirectDeliveries(settings, vault, clock),
        clock,
    )
