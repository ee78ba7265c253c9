"""The mails that take the place of a sealed message: one for a message, one for files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from zegel.i18n import moments
from zegel.i18n.catalogues import format_size, translations
from zegel.message.mime.tree import Part, head
from zegel.message.mime.view import Attachment, View, content, view
from zegel.message.text.safe_names import safe_text
from zegel.notices import appointment_kind
from zegel.notices import html_body as htmlbody
from zegel.notices.brand import Brand
from zegel.notices.letter import (
    FOLDER,
    Letter,
    both_ways,
    gettext_for,
    letter_card,
    letter_page,
    letter_text,
    text_page,
)
from zegel.notices.mime_writer import image_piece, mail
from zegel.notices.original import isolated, notification_fields, sender_of, wrote
from zegel.notices.speaker import Speaker, name_of_author
from zegel.way_names import WayName

MOST_LISTED = 20
"""Files that a notification names; more are counted."""
MOST_BEFORE_CARD = 60_000
"""Bytes of HTML that stand in front of the card with the link. Gmail cuts a mail off at 102 kB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notified:
    """What a notification is about, and for whom."""

    original: bytes = field(repr=False)
    recipient: str
    link: str = field(repr=False)
    expires_at: float
    """Seconds since 1970."""
    language: str
    also: str = ""
    """A second language for the heading and the lead, where nothing tells which one they read."""
    way: WayName = "password"
    called: bool = False
    """Whether codes are told by a call, to a landline."""
    phrase: str = ""
    """What the recipient chose to know us by."""
    hide_subject: bool = False
    """Something sensitive stands in the subject."""
    hide_names: bool = False
    """Something sensitive stands in another header field: addresses go along, the names beside them do not."""
    removed_words: tuple[str, ...] = ()
    """Activation words that go out of the subject."""
    withheld_parts: frozenset[str] = frozenset()
    """Paths of parts with findings: a picture among them is not sent, even when the body shows it."""
    speaker: Speaker = field(default_factory=Speaker)
    """In whose name it leaves."""
    again: bool = False
    """Not the first one about its message: a mail of its own, which answers the first."""

    def via(self, who: str) -> str:
        """The name of the organisation where it passes on what `who` wrote."""
        if not who or self.hide_names:
            return self.speaker.organisation
        words = {"who": safe_text(who, 120), "organisation": self.speaker.organisation}
        _ = gettext_for(self.language)
        return _("%(who)s via %(organisation)s") % words

    def fields(self, root: Part, neutral: str) -> list[bytes]:
        """The header; `neutral` takes the place of a sensitive subject."""
        return notification_fields(
            root,
            recipient=self.recipient,
            hide_subject=self.hide_subject,
            hide_names=self.hide_names,
            removed_words=self.removed_words,
            neutral=neutral,
            speaker=self.speaker,
            via=name_of_author(root, self.speaker, self.via)[0] if self.speaker.author == "" else "",
            again=self.again,
        )


def message_notification(brand: Brand, about: Notified) -> bytes:
    """The notification that stands for a whole message: nothing of its body is in it.

    It speaks for the sender, so it carries their From and no Auto-Submitted. Addresses and header values beyond
    ASCII stay so: then it has to be sent with SMTPUTF8.
    """
    language, link = about.language, about.link
    _ = gettext_for(language)
    root = head(about.original)
    sender = sender_of(root, about.speaker, about.via)
    if about.hide_names and sender[1]:
        sender = ("", sender[1])
    heading, lead = _told_of_message(brand, sender, language)
    letter = Letter(
        heading=heading,
        lead=lead,
        other=(about.also, *_told_of_message(brand, sender, about.also)) if about.also else None,
        facts=_from(_, sender),
        button=_("Open the message"),
        link=link,
        below_button=_("You can read it %(until)s.")
        % {"until": moments.until(about.expires_at, language, brand.timezone)},
        steps_title=_("How it works"),
        steps=_steps(_, about.way, about.called),
        after_steps=_("You need no account and you install nothing."),
        phrase=isolated(safe_text(about.phrase, 60)),
        notes=(_doubt(_, brand, link),),
    )
    return mail(
        about.fields(root, _("Secure message from %(organisation)s") % {"organisation": brand.name}),
        both_ways(brand, letter_text(brand, letter, language), letter_page(brand, letter, language)),
    )


def _told_of_message(brand: Brand, sender: tuple[str, str], language: str) -> tuple[str, str]:
    """Heading and lead of the mail about a message."""
    _ = gettext_for(language)
    lead = _(
        "%(sender)s sent you a message with private information. "
        "That is why it is not in this e-mail. You read it on a secure page."
    )
    return _("A secure message is waiting for you"), lead % {"sender": wrote(_, brand, sender)}


def files_notification(brand: Brand, about: Notified) -> bytes:
    """The notification that stands for the files of a message: its body in clear, the files behind the link.

    Images that the body shows go along, but for withheld ones. A message whose body and files cannot be told apart
    gets a `message_notification`: nothing of it in clear.
    """
    original, language = about.original, about.language
    seen = view(original)
    shown = {
        content_id: image
        for content_id, image in seen.inline.items()
        if image.part.content_type.startswith("image/") and image.part.path not in about.withheld_parts
    }
    files = _files_behind(seen, shown)
    if not seen.simple or not files:
        return message_notification(brand, about)
    _ = gettext_for(language)
    root = head(original)
    letter = _files_letter(brand, files, about)
    card = letter_card(brand, letter, language)
    html = seen.html if seen.html.strip() else text_page(brand, htmlbody.from_text(seen.text), language)
    images = tuple(
        image_piece(content(original, image), image.part.content_type, content_id, image.name)
        for content_id, image in shown.items()
    )
    fields = about.fields(root, _("Secure files from %(organisation)s") % {"organisation": brand.name})
    texts = [seen.text.strip("\n").rstrip(), letter_text(brand, letter, language).rstrip()]
    put = htmlbody.with_card
    if len(html.encode("utf-8", "surrogatepass")) > MOST_BEFORE_CARD:
        put = htmlbody.with_card_on_top
        texts.reverse()
    whole_text = f"\n\n{'_' * 40}\n\n".join(filter(None, texts)) + "\n"
    return mail(fields, both_ways(brand, whole_text, put(html, card), images))


def _files_letter(brand: Brand, files: list[Attachment], about: Notified) -> Letter:
    language = about.language
    catalogue = translations(FOLDER, language)
    _, ngettext, count = catalogue.gettext, catalogue.ngettext, len(files)
    kinds = [appointment_kind.kind_of(about.original, file) for file in files]
    heading, lead = _told_of_files(brand, kinds, language)
    return Letter(
        heading=heading,
        lead=lead,
        other=(about.also, *_told_of_files(brand, kinds, about.also)) if about.also else None,
        files=tuple(
            (isolated(file.name), _about_file(_, kind, format_size(file.size, language)))
            for file, kind in zip(files[:MOST_LISTED], kinds, strict=False)
        ),
        below_files=ngettext("and %(count)d file more", "and %(count)d files more", rest) % {"count": rest}
        if (rest := count - MOST_LISTED) > 0
        else "",
        button=ngettext("Open the file", "Open the files", count),
        link=about.link,
        below_button=ngettext("You can open it %(until)s.", "You can open them %(until)s.", count)
        % {"until": moments.until(about.expires_at, language, brand.timezone)},
        steps_title=_("How it works"),
        steps=_steps(_, about.way, about.called),
        after_steps=_("You need no account and you install nothing."),
        phrase=isolated(safe_text(about.phrase, 60)),
        notes=(_doubt(_, brand, about.link),),
    )


def _told_of_files(brand: Brand, kinds: list[appointment_kind.Kind | None], language: str) -> tuple[str, str]:
    """Heading and lead of the mail about files, of which these are the kinds."""
    catalogue, count = translations(FOLDER, language), len(kinds)
    heading = catalogue.ngettext("%(count)d file is waiting for you", "%(count)d files are waiting for you", count)
    if all_are := appointment_kind.common(kinds):
        heading = appointment_kind.words(catalogue.gettext, all_are).heading
    lead = catalogue.ngettext(
        "This file may hold private information. That is why it is not in this e-mail. "
        "You open it on a secure page of %(organisation)s.",
        "These files may hold private information. That is why they are not in this e-mail. "
        "You open them on a secure page of %(organisation)s.",
        count,
    )
    return heading % {"count": count}, lead % {"organisation": brand.name}


def _about_file(_: Callable[[str], str], kind: appointment_kind.Kind | None, size: str) -> str:
    return f"{appointment_kind.words(_, kind).name}, {size}" if kind else size


def _files_behind(seen: View, shown: dict[str, Attachment]) -> list[Attachment]:
    """Everything that is not in the notification, each once, in the order of the message."""
    gone = {image.part.path for image in shown.values()}
    files = {file.part.path: file for file in (*seen.attachments, *seen.inline.values())}
    return sorted((file for path, file in files.items() if path not in gone), key=lambda file: file.index)


def _from(_: Callable[[str], str], sender: tuple[str, str]) -> tuple[tuple[str, str, str], ...]:
    name, address = sender
    return ((_("From"), name or address, address if name else ""),) if name or address else ()


def _steps(_: Callable[[str], str], way: WayName, called: bool) -> tuple[str, ...]:
    if way == "sms":
        return (
            _("Open the secure page."),
            _("Ask for a code there. We call you on your telephone and say it.")
            if called
            else _("Ask for a code there. You get it by SMS on your mobile phone, usually within a minute."),
            _("Type the code on the page, in the same browser."),
        )
    if way == "agreed":
        return (
            _("Open the secure page."),
            _("Type the code that you agreed on with the sender, or answer the question that you see there."),
            _("You got the code by telephone or on paper. It is in no e-mail. Do you not have it? Call the sender."),
        )
    return (
        _("Open the secure page."),
        _("Ask for a password there. You get it in a second e-mail, usually within a minute."),
        _("Type the password on the page."),
    )


def _doubt(_: Callable[[str], str], brand: Brand, link: str) -> tuple[str, str]:
    values = {"host": urlsplit(link).hostname or link, "website": brand.website}
    answer = (
        _(
            "The secure page is at %(host)s. Type %(website)s in your browser yourself and look there. Or ask the "
            "sender: call a number or write to an address that you already know."
        )
        if brand.website
        else _(
            "The secure page is at %(host)s. Ask the sender: call a number or write to an address that you already "
            "know."
        )
    )
    return _("Not sure whether this e-mail is real?"), answer % values
