"""The notification that stands for a whole message."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.notices.notice_cast import BRAND, LINK, PLAIN, bodies, everything, message, png, read
from zegel.i18n import moments


def with_header(line: bytes) -> bytes:
    """PLAIN with the field of that name replaced, or dropped when nothing follows the colon."""
    name, _, value = line.partition(b":")
    head, _, body = PLAIN.partition(b"\r\n\r\n")
    kept = [f for f in head.replace(b"\r\n ", b"\0").split(b"\r\n") if not f.startswith(name + b":")]
    kept += [line] if value else []
    return b"\r\n".join(kept).replace(b"\0", b"\r\n ") + b"\r\n\r\n" + body


def test_the_threading_headers_are_those_of_the_original_byte_for_byte() -> None:
    raw = message()
    for field in (
        b"From: Anna de Boer <anna@kliniek.example>\r\n",
        b"Reply-To: Poli <poli@kliniek.example>\r\n",
        b"Date: Mon, 2 Nov 2026 10:00:00 +0100\r\n",
        b"Message-ID: <een@kliniek.example>\r\n",
        b"In-Reply-To: <nul@post.example>\r\n",
        b"References: <min@post.example>\r\n <nul@post.example>\r\n",
        b"Subject: Uitslag van het onderzoek\r\n",
    ):
        assert raw.count(b"\r\n" + field) + raw.startswith(field) == 1, field


def test_it_is_for_the_one_recipient_and_shows_no_other() -> None:
    mail = read(message())
    assert mail.get_all("To") == ["jan@post.example"]
    assert mail["Cc"] is None
    assert mail["Bcc"] is None
    for other in ("eva@", "stil@", "bram@"):
        assert other not in everything(mail)


def test_it_speaks_for_the_sender() -> None:
    assert read(message())["Auto-Submitted"] is None


def test_names_that_hold_something_sensitive_stay_behind() -> None:
    original = PLAIN.replace(b"From: ", b"From: 111222333 ").replace(b"\r\nReply-To: ", b"\r\nReply-To: 111222333 ")
    mail = read(message(original, hide_names=True))
    assert "111222333" not in everything(mail)
    assert mail["Reply-To"] == "poli@kliniek.example"
    assert mail["From"].addresses[0].display_name == ""
    assert mail["From"].addresses[0].addr_spec.endswith("@kliniek.example")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_nothing_of_the_body_or_other_headers_is_in_it(language: str) -> None:
    told = everything(read(message(language=language)))
    for word in ("111222333", "klopt", "Beste", "X-Secret"):
        assert word not in told


@pytest.mark.parametrize("language", ["nl", "en"])
def test_text_and_html_say_the_same(language: str) -> None:
    text, html = bodies(read(message(language=language)))
    folded = " ".join(text.split())
    until = moments.until(1_798_722_300.0, language)
    for said in ("Anna de Boer", "anna@kliniek.example", "Kliniek Noord", LINK, until, "veilig.kliniek.example"):
        assert " ".join(said.split()) in folded
        assert said in html
    assert "hulp@kliniek.example" in folded
    assert 'href="mailto:hulp@kliniek.example"' in html
    assert "!" not in folded


def test_the_language_is_the_one_asked_for() -> None:
    dutch, english = read(message(language="nl")), read(message(language="en"))
    assert "beveiligd bericht" in bodies(dutch)[0]
    assert "secure message" in bodies(english)[0]
    assert 'lang="nl"' in bodies(dutch)[1]
    assert 'lang="en"' in bodies(english)[1]


def test_a_password_is_announced_as_a_second_mail() -> None:
    assert "tweede e-mail" in bodies(read(message()))[0]
    assert "second e-mail" in bodies(read(message(language="en")))[0]


def test_text_lines_are_short_but_for_the_link() -> None:
    text, _ = bodies(read(message()))
    assert all(len(line) <= 72 or LINK in line for line in text.splitlines())


def test_the_shape_is_text_beside_html_with_its_logo() -> None:
    kinds = [part.get_content_type() for part in read(message()).walk()]
    assert kinds == ["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"]


def test_the_logo_is_shown_by_content_id_at_a_size_outlook_understands() -> None:
    mail = read(message(brand=replace(BRAND, logo=png(200, 100))))
    image = next(part for part in mail.walk() if part.get_content_type() == "image/png")
    html = bodies(mail)[1]
    assert f'src="cid:{image["Content-ID"].strip("<>")}" width="96" height="48"' in html
    assert image.get_content_disposition() == "inline"


def test_without_a_logo_there_is_no_image() -> None:
    mail = read(message(brand=replace(BRAND, logo=None)))
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert "<img" not in bodies(mail)[1]


def test_the_html_fetches_nothing_and_runs_nothing() -> None:
    html = bodies(read(message()))[1].lower()
    for word in ("<script", 'src="http', "url(", "<link", "@import", "<form", "<iframe", " onload", 'background="'):
        assert word not in html


def test_it_is_small() -> None:
    assert len(message(brand=replace(BRAND, logo=None))) < 60_000
    assert len(bodies(read(message()))[1].encode()) < 20_000


def test_it_has_dark_colours_and_a_button_of_44_pixels() -> None:
    html = bodies(read(message()))[1]
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "prefers-color-scheme: dark" in html
    assert "padding:13px 28px;font-size:17px;line-height:22px" in html


def test_equal_mails_have_equal_bytes() -> None:
    assert message() == message()


# The subject


def test_a_hidden_subject_becomes_a_neutral_one() -> None:
    dutch = read(message(hide_subject=True))
    assert dutch["Subject"] == "Beveiligd bericht van Kliniek Noord"
    assert "Uitslag" not in everything(dutch)
    assert read(message(hide_subject=True, language="en"))["Subject"] == "Secure message from Kliniek Noord"


@pytest.mark.parametrize("line", [b"Subject:", b"Subject: ", b"Subject:\r\n "])
def test_a_message_without_subject_gets_the_neutral_one(line: bytes) -> None:
    assert read(message(with_header(line)))["Subject"] == "Beveiligd bericht van Kliniek Noord"


def test_a_subject_stays_as_it_was_written() -> None:
    for subject in (
        b"Subject: =?iso-8859-1?Q?Pati=EBnt?= 12\r\n =?utf-8?B?4oKs?=",
        b"Subject:geen blank",
        b"Subject: " + b"lang " * 150,
        "Subject: naïeve ☕ 結果".encode(),
        b"Subject: latin \xe9\xe8",
    ):
        assert subject.rstrip() in message(with_header(subject), removed_words=("[veilig]",))


@pytest.mark.parametrize(
    ("subject", "left"),
    [
        (b"[veilig] Uitslag", "Uitslag"),
        (b"Re: [VEILIG]  Uitslag", "Re: Uitslag"),
        (b"Uitslag [Veilig]", "Uitslag"),
        (b"[zeer veilig] Uitslag", "Uitslag"),
        (b"[zeer\r\n veilig] Uitslag", "Uitslag"),
        (b"[zeer [veilig] veilig] Uitslag", "Uitslag"),
        (b"=?utf-8?q?=5Bveilig=5D_Pati=C3=ABnt?=", "Patiënt"),
        (b"=?utf-8?q?=5Bvei?=\r\n =?utf-8?q?lig=5D_Pati=C3=ABnt?=", "Patiënt"),
        (b"=?utf-8?b?W3ZlaWxpZ10g4oKsIDEw?=", "€ 10"),
        ("[veilig] naïef ☕".encode(), "naïef ☕"),
        (b"[veilig] " + b"lang " * 100, ("lang " * 100).strip()),
        (b"[veilig] " + b"x" * 1500, "x" * 1500),
        (b"[veilig]", "Beveiligd bericht van Kliniek Noord"),
        (b"[veilig] =?utf-8?q?a=0D=0ABcc:_x=40y.example?=", "a Bcc: x@y.example"),
        (b"[veilig] =3D?utf-8?q?x?=", "=3D?utf-8?q?x?="),
    ],
)
def test_activation_words_are_gone_and_the_rest_is_kept(subject: bytes, left: str) -> None:
    mail = read(message(with_header(b"Subject: " + subject), removed_words=("[veilig]", "[zeer veilig]")))
    assert mail["Subject"] == left
    assert mail["Bcc"] is None


# Originals that lack or break things


@pytest.mark.parametrize("name", [b"From", b"Date", b"Message-ID", b"In-Reply-To", b"Reply-To", b"References"])
def test_what_the_original_lacks_is_left_to_postfix(name: bytes) -> None:
    mail = read(message(with_header(name + b":")))
    assert mail[name.decode()] is None
    bodies(mail)


def test_without_a_from_the_organisation_is_who_wrote() -> None:
    text, html = bodies(read(message(with_header(b"From:"))))
    assert "Kliniek Noord heeft u een bericht" in " ".join(text.split())
    assert '<p class="zegel-quiet"' in html


def test_an_organisation_in_the_senders_name_is_not_said_twice() -> None:
    text, _ = bodies(read(message(with_header(b'From: "Anna | Kliniek Noord" <anna@kliniek.example>'))))
    assert "van Kliniek Noord" not in text.replace("komt van Kliniek Noord", "")


def test_only_the_first_of_two_equal_fields_is_taken() -> None:
    doubled = (
        b"From: Anna <anna@kliniek.example>\r\nFrom: Boef <boef@elders.example>\r\nSubject: a\r\nSubject: b\r\n\r\nx"
    )
    mail = read(message(doubled))
    assert mail.get_all("From") == ["Anna <anna@kliniek.example>"]
    assert mail.get_all("Subject") == ["a"]


def test_line_feeds_alone_and_no_body_will_do() -> None:
    mail = read(message(b"From: Anna <anna@kliniek.example>\nSubject: a\n b\n"))
    assert mail["Subject"] == "a b"
    for raw in (b"", b"\r\n", b"\0\xff" * 100, b"Subject"):
        read(message(raw))


def test_utf8_headers_and_addresses_stay_utf8() -> None:
    original = "From: Renée <renée@kliniek.example>\r\nSubject: ☕\r\n\r\nx".encode()
    raw = message(original, recipient="jörg@post.example")
    assert "From: Renée <renée@kliniek.example>\r\n".encode() in raw
    assert "To: jörg@post.example\r\n".encode() in raw
    assert "Renée" in bodies(read(raw))[1]


def test_a_right_to_left_name_is_kept_apart_from_the_sentence() -> None:
    text, html = bodies(read(message("From: דנה כהן <dana@kliniek.example>\r\n\r\nx".encode())))
    assert "\u2068דנה כהן\u2069 van Kliniek Noord" in " ".join(text.split())
    assert "<bdi>\u2068דנה כהן\u2069</bdi>" in html


def test_marks_that_turn_the_direction_are_taken_out_of_a_name() -> None:
    text, html = bodies(read(message("From: Anna\u202egpj.exe <anna@kliniek.example>\r\n\r\nx".encode())))
    assert "\u202e" not in text + html
    assert "Annagpj.exe" in text


# Attacks


@pytest.mark.parametrize(
    "recipient",
    [
        "jan@post.example\r\nBcc: boef@elders.example",
        "jan@post.example\nBcc: boef@elders.example",
        "jan@post.example, boef@elders.example",
        '"a, boef@elders.example"@post.example',
        "jan@post.example> , <boef@elders.example",
        "a\u2028Bcc: boef@elders.example@post.example",
        '"x\\"\r\nBcc: boef@elders.example"@post.example',
        "jan",
        "",
    ],
)
def test_a_recipient_is_one_mailbox_and_nothing_else(recipient: str) -> None:
    mail = read(message(recipient=recipient))
    assert mail["Bcc"] is None
    assert len(mail["To"].addresses) <= 1


@pytest.mark.parametrize(
    "line",
    [
        b"Reply-To: a@b.example\rBcc: boef@elders.example",
        b"References: <a@b>\r\n\t\r\n \r\n <c@d>",
        b"In-Reply-To: <a\0b@c>",
        b"Message-ID: <" + b"x" * 3000 + b"@post.example>",
        b"References: " + b" ".join(b"<%d@post.example>" % number for number in range(2000)),
        b"From: =?utf-8?q?a=0D=0ABcc:_boef=40elders.example?= <anna@kliniek.example>",
        b'From: "<script>alert(1)</script> & \\"co\\"" <anna@kliniek.example>',
        b"From: " + b"a" * 5000 + b" <anna@kliniek.example>",
    ],
)
def test_a_header_of_the_original_stays_one_field(line: bytes) -> None:
    mail = read(message(with_header(line)))
    assert mail["Bcc"] is None
    assert "<script" not in bodies(mail)[1].lower()
    assert len(mail.get_all("To", [])) == 1


def test_long_references_keep_every_id() -> None:
    ids = b" ".join(b"<%d@post.example>" % number for number in range(2000))
    assert str(read(message(with_header(b"References: " + ids)))["References"]).split() == ids.decode().split()


def test_names_and_links_are_escaped_in_html() -> None:
    hostile = replace(BRAND, name='<img src=x onerror="a()"> & co', logo=None)
    original = b'From: "</td><b>" <anna@kliniek.example>\r\n\r\nx'
    _, html = bodies(read(message(original, brand=hostile, link='https://x.example/"><b>')))
    for dangerous in ("<img", "<b>", "</td><b"):
        assert dangerous not in html
