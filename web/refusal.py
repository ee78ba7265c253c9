"""Waitress's own answers, made ours."""

from __future__ import annotations

from waitress.task import ErrorTask

from zegel_web.responses import FILE_POLICY, reply


class Refusal(ErrorTask):  # type: ignore[misc]  # waitress has no types
    """Waitress's own answers (400, 413, 431, 500, 501), with our headers, and without repeating what was sent."""

    def execute(self) -> None:
        error, secure = self.request.error, self.channel.server.secure
        words = f"{error.reason}\n"
        answer = reply(words, error.code, kind="text/plain; charset=utf-8", policy=FILE_POLICY, secure=secure)
        self.status = f"{error.code} {error.reason}"
        self.response_headers.extend(answer.headerlist)
        self.set_close_on_finish()
        self.write(words.encode("ascii"))
