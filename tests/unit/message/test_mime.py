"""Mails that are well made, and mails that lie: every byte lands in some part."""

from __future__ import annotations

import mmap
import os
import time
from dataclasses import replace

import pytest

from tests.unit.message.message_samples import file_part, mail, text_part
from zegel.message.mime import transfer
from zegel.message.mime import tree as mime
from zegel.message.mime.headers import Address, addresses, decode_header_value, parse_parameters
from zegel.message.mime.second_reading import other_readings
from zegel.message.mime.tree import decoded, parse, part_text


def shape(part: mime.Part) -> list[tuple[str, str]]:
    return [(one.path, one.content_type) for one in part.walk()]


def test_a_plain_mail_is_part_1() -> None:
    root = parse(b"Subject: Hallo\r\nFrom: a@clinic.example\r\n\r\nDag\r\n")
    assert shape(root) == [("1", "text/plain")]
    assert root.header("subject") == "Hallo"
    assert root.header("SUBJECT") == "Hallo"
    assert root.header("cc") == ""


def test_headers_keep_their_exact_span_and_folds() -> None:
    raw = b"A: 1\r\nSubject:  x\r\n\ty \r\nB:\r\n\r\nbody"
    root = parse(raw)
    subject = root.headers[1]
    assert raw[subject.start : subject.end] == b"Subject:  x\r\n\ty \r\n"
    assert subject.value == b"  x\r\n\ty "
    assert "".join(raw[h.start : h.end].decode() for h in root.headers) + "\r\nbody" == raw.decode()


def test_paths_count_as_in_imap() -> None:
    inner = b'Content-Type: multipart/alternative; boundary="b-2"\r\n\r\n' + b"".join(
        b"--b-2\r\n" + part + b"\r\n" for part in (text_part("plain"), text_part("<p>rich", "html"))
    )
    root = parse(mail(inner + b"--b-2--", file_part(b"data", "a.pdf", "application/pdf")))
    assert shape(root) == [
        ("", "multipart/mixed"),
        ("1", "multipart/alternative"),
        ("1.1", "text/plain"),
        ("1.2", "text/html"),
        ("2", "application/pdf"),
    ]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_the_line_end_before_a_delimiter_is_not_the_body(end: bytes) -> None:
    raw = mail(text_part("one\r\n"), text_part("two")).replace(b"\r\n", end)
    first, second = parse(raw).children
    assert decoded(raw, first) == b"one" + end
    assert decoded(raw, second) == b"two"


def test_a_map_of_a_file_reads_like_bytes() -> None:
    raw = mail(text_part("hallo"), file_part(os.urandom(1000), "a.bin"))
    handle = os.memfd_create("mail")
    os.write(handle, raw)
    with mmap.mmap(handle, 0, prot=mmap.PROT_READ) as mapped:
        root = parse(mapped)
        assert root == parse(raw)
        assert [decoded(mapped, p) for p in root.children] == [decoded(raw, p) for p in parse(raw).children]
    os.close(handle)


def test_text_before_between_and_after_the_parts_is_kept_as_spans() -> None:
    raw = mail(text_part("x")).replace(b"\r\n--b-1\r\n", b"\r\nbefore 1\r\n--b-1\r\n") + b"after 2\r\n"
    root = parse(raw)
    assert [raw[start:end] for start, end in root.outside] == [b"before 1\r\n", b"after 2\r\n"]


def test_parts_after_the_closing_delimiter_are_parts() -> None:
    raw = mail(text_part("one")) + b"--b-1\r\n" + text_part("late") + b"\r\n--b-1--\r\n"
    assert [part_text(raw, part) for part in parse(raw).children] == ["one", "late"]


def test_an_unterminated_multipart_ends_with_its_parent() -> None:
    inner = b"Content-Type: multipart/mixed; boundary=b-2\r\n\r\n--b-2\r\n" + text_part("inner")
    raw = mail(inner, text_part("outer"))
    assert [(p.path, part_text(raw, p)) for p in parse(raw).walk() if not p.children] == [
        ("1.1", "inner"),
        ("2", "outer"),
    ]


def test_a_boundary_that_starts_another_is_not_taken_for_it() -> None:
    inner = b"Content-Type: multipart/mixed; boundary=b-1-longer\r\n\r\n--b-1-longer\r\n" + text_part("deep")
    raw = mail(inner + b"\r\n--b-1-longer--", text_part("next"))
    assert shape(parse(raw))[1:] == [
        ("1", "multipart/mixed"), ("1.1", "text/plain"), ("2", "text/plain"),
    ]  # fmt: skip


def test_a_wrong_boundary_is_guessed_from_the_body() -> None:
    raw = mail(text_part("one"), text_part("two")).replace(b'boundary="b-1"', b'boundary="other"')
    assert [part_text(raw, part) for part in parse(raw).children] == ["one", "two"]


def test_a_multipart_without_any_boundary_is_a_leaf() -> None:
    raw = b"Content-Type: multipart/mixed\r\n\r\njust text"
    root = parse(raw)
    assert not root.children
    assert part_text(raw, root) == "just text"


def test_a_line_without_colon_is_a_nameless_header() -> None:
    root = parse(b"Subject: x\r\nnonsense here\r\nTo: a@post.example\r\n\r\nbody")
    assert [header.name for header in root.headers] == ["Subject", "", "To"]


def test_contradicting_fields_give_a_second_reading() -> None:
    raw = b"Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n\r\nMTExMjIyMzMz"
    root = parse(raw)
    assert decoded(raw, root) == b"MTExMjIyMzMz"
    assert [decoded(raw, other) for other in other_readings(mime.Parser(raw), root, len(raw))] == [b"111222333"]


def test_an_unknown_encoding_is_read_as_it_stands_and_as_base64() -> None:
    raw = b"Content-Transfer-Encoding: base-64\r\n\r\nMTExMjIyMzMz"
    root = parse(raw)
    assert [decoded(raw, part) for part in (root, *other_readings(mime.Parser(raw), root, len(raw)))] == [
        b"MTExMjIyMzMz",
        b"111222333",
    ]


def test_ten_thousand_parts_are_read_and_the_rest_is_marked() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 12_000
    root = parse(raw)
    assert len(root.children) <= mime.MAX_PARTS + 1
    assert root.children[-1].beyond
    assert not root.children[-2].beyond


def test_endless_nesting_stops_in_a_marked_leaf_that_holds_the_rest() -> None:
    raw = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(1000))
    raw += b"\r\n111222333"
    last = list(parse(raw).walk())[-1]
    assert last.beyond
    assert part_text(raw, last).endswith("111222333")


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b--\r\n" * 200_000,
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b" * 500_000,
        b"Content-Type: text/plain" + b"; " * 500_000,
        b"Subject: " + b"\r\n " * 300_000,
        b"Subject: " + b"=?a?q?" * 200_000,
        b"a:\r\n" * 300_000,
        b"To: " + b"<" * 1_000_000,
    ],
    ids=["closings", "delimiters in a line", "semicolons", "folds", "half words", "headers", "angles"],
)
def test_a_megabyte_of_spite_takes_a_moment_only(raw: bytes) -> None:
    began = time.process_time()
    root = parse(raw)
    root.header("subject")
    addresses(root.raw_header("to"))
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("value", "filename"),
    [
        (b'attachment; filename="a b.pdf"', "a b.pdf"),
        (b"attachment; filename=a b.pdf", "a b.pdf"),
        (b"attachment; filename*=UTF-8''na%C3%AFf.pdf", "naïf.pdf"),
        (b'attachment; filename*0="long "; filename*1="name.pdf"', "long name.pdf"),
        (b"attachment; filename*0*=iso-8859-1''%EB; filename*1=\".pdf\"; filename=x", "ë.pdf"),
        (b'attachment; filename="=?utf-8?B?w6suZG9j?="', "ë.doc"),
        ('attachment; filename="ë.pdf"'.encode(), "ë.pdf"),
        (b'attachment; filename="quo\\"te.pdf"', 'quo"te.pdf'),
        (b'attachment; filename="open.pdf', "open.pdf"),
        (b"attachment;;; filename=a.pdf;", "a.pdf"),
        (b'attachment\r\n\t; filename="f\r\n old.pdf"', "f old.pdf"),
    ],
)
def test_file_names_in_every_spelling(value: bytes, filename: str) -> None:
    assert parse_parameters(value) == ("attachment", {"filename": filename})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b" Hallo ", "Hallo"),
        (b"=?utf-8?Q?pati=C3=ABnt_x?=", "patiënt x"),
        (b"=?utf-8?B?4oI=?= =?utf-8?B?rA==?=", "€"),
        (b"=?utf-8*nl?q?=C3=AB?=", "ë"),
        (b"a =?utf-8?q?b?= c", "a b c"),
        (b"=?klingon?q?ok?=", "ok"),
        (b"=?utf-8?q?half", "=?utf-8?q?half"),
        ("Patiënt".encode(), "Patiënt"),
        ("Patiënt".encode("cp1252"), "Patiënt"),
    ],
)
def test_header_values_become_text(value: bytes, text: str) -> None:
    assert decode_header_value(value) == text


def test_a_comma_in_an_encoded_name_does_not_split_it() -> None:
    value = b"=?utf-8?q?Vries=2C_Ans?= <ans@clinic.example>, pat@post.example"
    assert addresses(value) == [Address("Vries, Ans", "ans@clinic.example"), Address("", "pat@post.example")]


@pytest.mark.parametrize("data", [b"hello", b"", b"x" * 1000, bytes(range(256))])
def test_the_size_is_known_without_decoding(data: bytes) -> None:
    import base64

    for encoded in (base64.encodebytes(data), base64.b64encode(data), b"*" + base64.b64encode(data) + b"QUI="):
        assert transfer.decoded_size(encoded, "base64") == len(transfer.decode(encoded, "base64"))


def test_the_declared_charset_may_be_wrong() -> None:
    raw = "Content-Type: text/plain; charset=us-ascii\r\n\r\npatiënt".encode()
    assert part_text(raw, parse(raw)) == "patiënt"
    raw = "Content-Type: text/plain; charset=utf-8\r\n\r\npatiënt".encode("cp1252")
    assert part_text(raw, parse(raw)) == "patiënt"
    raw = b"Content-Type: text/plain; charset=zlib_codec\r\n\r\nhello"
    assert part_text(raw, parse(raw)) == "hello"


def test_of_fields_with_one_name_the_first_counts_or_the_first_that_says_something() -> None:
    root = parse(b"To: \r\nto: jan@post.example\r\nTO: eva@post.example\r\nSubject:\r\n\r\n")
    assert [root.raw_header("to"), root.filled_header("To")] == [b" ", b" jan@post.example"]
    assert [root.filled_header("subject"), root.filled_header("cc"), root.raw_header("Cc")] == [b"", b"", b""]
    other = replace(root, headers=root.headers[2:])
    assert [other.raw_header("to"), other.filled_header("to")] == [b" eva@post.example"] * 2
