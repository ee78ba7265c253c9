"""Mails whose every byte has to arrive."""

from __future__ import annotations

WHOLE = {
    "plain": b"Subject: hallo\r\n\r\nDag\r\n",
    "no blank after the colon": b"Subject:hallo\r\nX:  twee\r\n\r\nDag\r\n",
    "folded header": b"Subject: een\r\n\ttwee\r\n  drie\r\nTo: x\r\n\r\nDag\r\n",
    "8-bit header": "Subject: patiënt €\r\n\r\nDag\r\n".encode(),
    "header that is no UTF-8": b"Subject: pati\xebnt \xff\xfe\x80\r\n\r\nDag\r\n",
    "empty values": b"Subject:\r\nX: \r\nY:\r\n z\r\n\r\nDag\r\n",
    "strange name": b"X-!#$%&'*+/=?^`{|}~: ja\r\n\r\nDag\r\n",
    "the same header twice": b"To: a\r\nTo: b\r\nto: c\r\n\r\nDag\r\n",
    "long header": b"References: " + b"<id@post.example>\r\n " * 2000 + b"<x@y.example>\r\n\r\nDag\r\n",
    "no body": b"Subject: leeg\r\n\r\n",
    "no headers": b"\r\nalleen tekst\r\n",
    "body without an end of line": b"Subject: kort\r\n\r\nzonder einde",
    "body that looks like headers": b"Subject: x\r\n\r\nSubject: y\r\n\r\n\r\n\r\n",
    "bare line ends and dots": b"Subject: x\r\n\r\n.\r\n..\r\na\nb\rc\r\n.\r\n",
    "every byte in the body": b"Subject: x\r\n\r\n" + bytes(range(256)) * 3,
    "body of exactly one chunk": b"Subject: x\r\n\r\n" + b"a" * 65535,
    "body one over a chunk": b"Subject: x\r\n\r\n" + b"b" * 65536,
    "body of many chunks": b"Subject: x\r\n\r\n" + bytes(range(250)) * 3000,
}
