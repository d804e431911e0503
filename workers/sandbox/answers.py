"""Answers and the two error envelopes of the API: its own, and the one of the server under it."""

from __future__ import annotations

from http import HTTPStatus
from typing import NamedTuple

import msgspec

JSON = "application/json"
HTML_PAGE = (
    b"<!DOCTYPE html>\n<html><head><title>Error</title></head>"
    b"<body><center><h1>Something went wrong</h1></center><hr></body></html>\n"
)

_encode = msgspec.json.Encoder().encode


class Answer(NamedTuple):
    """A whole HTTP answer."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()

    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        """The headers as ASGI wants them."""
        raw = [(b"content-length", str(len(self.body)).encode())]
        if self.body:
            raw.insert(0, (b"content-type", self.content_type.encode("latin-1")))
        raw.extend((name.lower().encode(), value.encode("latin-1")) for name, value in self.headers)
        return raw


class Refused(Exception):
    """The call is answered with an error."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def ok(payload: object) -> Answer:
    """200 with JSON."""
    return Answer(200, _encode(payload))


def empty(status: int) -> Answer:
    """A status without a body."""
    return Answer(status, b"")


def problem(status: int, message: str) -> Answer:
    """The API's own envelope."""
    return Answer(status, _encode({"error": HTTPStatus(status).phrase, "message": message}))


def restify(status: int, code: str, message: str) -> Answer:
    """The envelope of the server under the API."""
    return Answer(status, _encode({"code": code, "message": message}))


def bad_request(message: str) -> Refused:
    """400 in the API's own envelope, to be raised."""
    return Refused(problem(400, message))


def not_found(message: str) -> Refused:
    """404 in the API's own envelope, to be raised."""
    return Refused(problem(404, message))


def no_such_path(path: str) -> Answer:
    """404 for a path that nothing answers."""
    return restify(404, "ResourceNotFound", f"{path} does not exist")
