"""Which address of the portal shows what, by what the link that leads there gives."""

from __future__ import annotations

from zegel_portal.guard import View
from zegel_portal.views import agreeing, conversation, feedback, files, passkeys
from zegel_portal.views import message as reading
from zegel_portal.views import preferences as you
from zegel_portal.views import remembered_devices as device
from zegel_portal.views import reply as replying
from zegel_portal.views import sender as sent
from zegel_portal.views import sender_numbers as numbers
from zegel_portal.views import write as first
from zegel_portal.views import zip_download as archive
from zegel_portal.views.ways import asking, of_way

CLOSED: tuple[tuple[str, str, View], ...] = (
    ("GET", "", of_way("landing")),
    ("POST", "/password", asking("password")),
    ("POST", "/code", asking("sms")),
    ("GET", "/enter", of_way("enter")),
    ("POST", "/enter", of_way("unlock")),
    ("GET", "/not-mine", feedback.ask_not_mine),
    ("POST", "/not-mine", feedback.not_mine),
    ("GET", "/not-asked", feedback.ask_not_asked),
    ("POST", "/not-asked", feedback.not_asked),
    ("POST", "/remembered", device.open_remembered),
    ("POST", "/forget", device.forget),
    ("POST", "/ask-sender", feedback.ask_sender),
    ("POST", "/draft", replying.keep),
    ("GET", "/passkey", passkeys.way_in),
    ("POST", "/passkey/ask", passkeys.ask),
    ("POST", "/passkey", passkeys.unlock),
)
"""What a link alone gives: the way in, and what somebody can say without it."""
OPEN: tuple[tuple[str, str, View], ...] = (
    ("GET", "/message", reading.message),
    ("GET", "/body", reading.body),
    ("GET", "/print", reading.printed),
    ("GET", "/mail/<place:re:[0-9.]+>", reading.mail),
    ("GET", "/mail/<place:re:[0-9.]+>/body", reading.body),
    ("GET", "/mail/<place:re:[0-9.]+>/print", reading.printed),
    ("GET", "/file/<place:re:[0-9.]+>", files.download),
    ("GET", "/preview/<place:re:[0-9.]+>", files.preview),
    ("GET", "/image/<place:re:[0-9.]+>", files.image),
    ("GET", "/page/<place:re:[0-9.]+>/<page:number>", files.page),
    ("GET", "/original.eml", files.original),
    ("GET", "/reply", replying.page),
    ("POST", "/reply", replying.send),
    ("GET", "/reply/<reply_id:number>", conversation.copy),
    ("GET", "/reply/<reply_id:number>/body", conversation.copy_body),
    ("GET", "/reply/<reply_id:number>/file/<number:number>", conversation.copy_file),
    ("GET", "/conversation", conversation.conversation),
    ("GET", "/zip", archive.archive_page),
    ("GET", "/everything.zip", archive.archive),
    ("GET", "/passkeys", passkeys.mine),
    ("POST", "/passkeys/ask", passkeys.ask_new),
    ("POST", "/passkeys", passkeys.add),
    ("POST", "/passkeys/change", passkeys.change),
    ("POST", "/passkeys/no", passkeys.decline),
    ("GET", "/you", you.you),
    ("POST", "/you/phrase", you.phrase),
    ("POST", "/you/language", you.language),
    ("POST", "/you/device", you.remove_device),
    ("POST", "/you/everywhere", device.sign_out_everywhere),
    ("POST", "/sign-out", device.sign_out),
)
"""What takes a session for the delivery."""
SENDER: tuple[tuple[str, str, View], ...] = (
    ("GET", "", sent.status),
    ("GET", "/number", numbers.correct),
    ("POST", "/number", numbers.give),
    ("GET", "/number/sure", numbers.sure),
    ("GET", "/recall", sent.confirm("recall")),
    ("POST", "/recall", sent.recall),
    ("GET", "/raise", sent.confirm("raise")),
    ("POST", "/raise", sent.raise_level),
    ("GET", "/agree", agreeing.page),
    ("POST", "/agree", agreeing.agree),
    ("POST", "/agree/withdraw", agreeing.withdraw),
    ("POST", "/many", sent.many),
    ("POST", "/again", sent.send_again),
    ("POST", "/unblock", sent.unblock),
    ("POST", "/resume", sent.resume),
    ("POST", "/extend", sent.extend),
    ("POST", "/false-alarm", sent.false_alarm),
    ("POST", "/to-all", sent.to_all),
)
"""What the link of the sender gives."""
DEVICE: tuple[tuple[str, View], ...] = (("GET", device.ask_remove), ("POST", device.remove))
"""What the link in the mail about a remembered device gives."""
FIRST: tuple[tuple[str, str, View], ...] = (
    ("GET", "", first.start),
    ("POST", "", first.ask),
    ("GET", "/password", first.enter),
    ("POST", "/password", first.prove),
)
"""What anybody gets who was not written to, where an address is published."""
PAGES = (
    "/message", "/print", "/mail/<place:re:[0-9.]+>", "/preview/<place:re:[0-9.]+>", "/zip", "/you", "/reply",
    "/reply/<reply_id:number>", "/conversation", "/passkeys",
)  # fmt: skip
"""Without a session these send a person back to the beginning; the others, parts of a page, only say no."""
AFTER_THE_END = (feedback.ask_sender, feedback.ask_not_asked, feedback.not_asked)
"""What goes on when a message has ended: a password that nobody asked for may have opened more than the message."""
LOCKED: dict[View, View] = {replying.send: replying.set_aside}
"""What is done without a session instead of a view."""
