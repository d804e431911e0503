"""A handle on a running simulator: where it is, what it saw, and how to change it."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from workers.sandbox.record import Visit

if TYPE_CHECKING:
    from pathlib import Path

    from workers.sandbox.faults import Fault

HOST = "127.0.0.1"


class NotAnswering(OSError):
    """Nothing that is a simulator answers there."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running simulator, its own process or not.

    The methods use the simulator's control path: they cost no token and leave no trace in its
    record. They block, and raise `NotAnswering` when it is gone.
    """

    port: int
    key: str
    file: Path | None = None

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://{HOST}:{self.port}"

    @property
    def base_url(self) -> str:
        """What a connection's base URL is set to."""
        return f"{self.origin}/v1"

    @property
    def headers(self) -> dict[str, str]:
        """The header that a request needs."""
        return {"autopilotapikey": self.key}

    def control(self, method: str, path: str, payload: object = None) -> Any:  # noqa: ANN401 - JSON
        """One request to the control path, such as `control("GET", "requests")`."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=30)
        body = b"" if payload is None else msgspec.json.encode(payload)
        try:
            connection.request(method, f"/_sandbox/{path}", body)
            response = connection.getresponse()
            answer = msgspec.json.decode(response.read())
        except (OSError, http.client.HTTPException, msgspec.DecodeError) as error:
            raise NotAnswering(f"no simulator answers at port {self.port}") from error
        finally:
            connection.close()
        if response.status != 200:
            raise ValueError(answer.get("message", f"status {response.status}"))
        return answer

    def summary(self) -> dict[str, Any]:
        """Its modes, what it holds, and how often each rule has fired."""
        answer: dict[str, Any] = self.control("GET", "")
        return answer

    def requests(self, since: int = 0) -> list[Visit]:
        """The requests it received after number `since`, in order of arrival."""
        answer = self.control("GET", f"requests?since={since}")
        return msgspec.convert(answer["requests"], list[Visit])

    def accepted(self) -> dict[str, int]:
        """How often it stored each address, folded."""
        answer: dict[str, int] = self.control("GET", "accepted")["accepted"]
        return answer

    def contacts(self) -> dict[str, dict[str, Any]]:
        """The contacts that have an address, by folded address, as GET contact shows them."""
        people = self.control("GET", "contacts")["contacts"]
        return {person["Email"].strip().lower(): person for person in people if person.get("Email")}

    def lists(self) -> dict[str, str]:
        """Title by list id, oldest first."""
        return {each["list_id"]: each["title"] for each in self.control("GET", "lists")["lists"]}

    def members(self, title_or_id: str) -> set[str]:
        """The folded addresses on a list, by its id or by its title."""
        ids = {i for i, title in self.lists().items() if title_or_id in {i, title}}
        return {k for k, person in self.contacts().items() if ids & set(person.get("lists", ()))}

    def set_faults(self, *rules: Fault | dict[str, object]) -> None:
        """Puts these rules in place of those in force; none ends all faults."""
        self.control("POST", "faults", rules)

    def set_modes(self, **switches: object) -> None:
        """Changes some modes."""
        self.control("POST", "modes", switches)

    def rename_list(self, list_id: str, title: str) -> None:
        """Renames a list, as a colleague might in the web interface."""
        self.control("POST", "lists", {"list_id": list_id, "title": title})

    def delete_list(self, list_id: str) -> None:
        """Deletes a list, as a colleague might in the web interface."""
        self.control("POST", "lists", {"list_id": list_id, "title": None})

    def forget(self) -> None:
        """Clears its record of requests and acceptances; contacts and lists stay."""
        self.control("POST", "forget", {})

    def stop(self) -> None:
        """Asks it to end; it does so within a moment."""
        self.control("POST", "stop", {})
