"""What every peer does with a batch: the same contacts, by the client that each of them brings along.

One kept-alive `requests` session, a request after another, as their documentation shows it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import requests


class Sending:
    """Posts batches of profiles as contacts."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/v1/contacts"
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update(
            {"autopilotapikey": "bench-key", "content-type": "application/json"}
        )

    def post(self, profiles: Iterable[Mapping[str, object]]) -> None:
        body = json.dumps({"contacts": [_contact(profile) for profile in profiles]})
        answer = self._session.post(self._url, data=body.encode())
        answer.raise_for_status()
        answer.json()


def _contact(profile: Mapping[str, object]) -> dict[str, object]:
    return {
        "Email": profile["email"],
        "FirstName": profile["first_name"],
        "LastName": profile["last_name"],
        "MailingCity": profile["city"],
        "custom": {"integer--NPS": profile["nps"]},
    }
