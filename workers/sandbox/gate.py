"""The way of one request: key, throttle, faults, routing, handler.

The order is the likely one of the real server. The handler is a plain function; only this module
and `misbehave` speak ASGI.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING
from urllib.parse import unquote

from starlette.exceptions import HTTPException
from starlette.routing import Route, Router

from workers.sandbox import routes_contacts as contacts
from workers.sandbox import routes_lists as lists
from workers.sandbox.answers import Answer, Refused, no_such_path, problem, restify
from workers.sandbox.control import PREFIX, control
from workers.sandbox.misbehave import Line, deliver, misbehave
from workers.sandbox.simulator import Call

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Message, Receive, Scope, Send

    from workers.sandbox.faults import Fault
    from workers.sandbox.modes import Modes
    from workers.sandbox.record import Visit
    from workers.sandbox.simulator import Simulator

ROUTES: list[tuple[str, str, Callable[[Call], Answer]]] = [
    ("POST", "/v1/contacts", contacts.post_contacts),
    ("POST", "/v1/contact", contacts.post_contact),
    ("POST", "/v1/list/{list}/contact/{who}", lists.post_member),
    ("GET", "/v1/list/{list}/contact/{who}", lists.get_member),
    ("DELETE", "/v1/list/{list}/contact/{who}", lists.delete_member),
    ("GET", "/v1/list/{list}/contacts", lists.get_list_contacts),
    ("GET", "/v1/list/{list}/contacts/{bookmark}", lists.get_list_contacts),
    ("GET", "/v1/lists", lists.get_lists),
    ("POST", "/v1/list", lists.post_list),
    ("DELETE", "/v1/list/{list}", lists.delete_list),
    ("GET", "/v1/contacts/custom_fields", lists.get_custom_fields),
    ("GET", "/v1/contacts", contacts.get_contacts),
    ("GET", "/v1/contacts/{bookmark}", contacts.get_contacts),
    ("GET", "/v1/contact/{who}", contacts.get_contact),
    ("DELETE", "/v1/contact/{who}", contacts.delete_contact),
    ("POST", "/v1/contact/{who}/unsubscribe", contacts.unsubscribe),
    ("GET", "/v1/account", lists.get_account),
    ("GET", "/v1/smart_segments", lists.get_smart_segments),
    ("GET", "/v1/triggers", lists.get_triggers),
]


class Endpoint:
    """Lets a handler answer a route: the answer is left in the scope for the gate."""

    def __init__(self, handler: Callable[[Call], Answer]) -> None:
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reads the body, and does the work."""
        params = {name: unquote(value) for name, value in scope["path_params"].items()}
        visit: Visit = scope["sandbox.visit"]
        body = await read_body(receive)
        call = Call(
            scope["sandbox.simulator"],
            visit.method,
            visit.path,
            params,
            body,
            visit,
            scope["sandbox.fault"],
        )
        try:
            scope["sandbox.answer"] = self._handler(call)
        except Refused as refused:
            scope["sandbox.answer"] = refused.answer


async def _nothing_there(scope: Scope, receive: Receive, send: Send) -> None:
    scope["sandbox.answer"] = no_such_path(scope["sandbox.visit"].path)


async def read_body(receive: Receive) -> bytes:
    """The whole body of a request."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return body
    parts = [body]
    while message.get("more_body"):
        message = await receive()
        parts.append(message.get("body", b""))
    return b"".join(parts)


class Gate:
    """The ASGI application."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._router = Router(
            [Route(path, Endpoint(handler), methods=[method]) for method, path, handler in ROUTES],
            redirect_slashes=False,
            default=_nothing_there,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            return
        simulator = self._simulator
        # The path as it was sent: an address may hold a percent-encoded slash.
        path = scope["raw_path"].decode("latin-1")
        simulator.last_request = now = time.monotonic()
        if path.startswith(PREFIX):
            query, body = scope["query_string"].decode("latin-1"), await read_body(receive)
            await deliver(control(simulator, scope["method"], path, query, body), send)
            return
        visit = simulator.record.arrive(scope["method"], path, time=now, wall=time.time())
        try:
            await self._serve(scope, receive, send, visit)
        finally:
            visit.took = time.monotonic() - now

    async def _serve(self, scope: Scope, receive: Receive, send: Send, visit: Visit) -> None:
        simulator = self._simulator
        refusal = self._refusal(scope, visit)
        if refusal is not None:
            await read_body(receive)
            visit.status = refusal.status
            await deliver(refusal, send)
            return
        fault = simulator.faults.pick(visit.method, visit.path)
        answer: Answer | None = None
        if fault is None or works(fault):
            answer = await self._work(scope, receive, visit, fault)
            if simulator.modes.latency:
                await asyncio.sleep(simulator.modes.latency)
        elif not fault.unread:
            await read_body(receive)
        if fault is not None:
            visit.fault = fault.action
            transport = simulator.open_connections.get(scope.get("client"))
            await misbehave(fault, answer, Line(visit, transport, receive, send))
        elif answer is not None:
            visit.status = answer.status
            await deliver(answer, send)

    async def _work(
        self, scope: Scope, receive: Receive, visit: Visit, fault: Fault | None
    ) -> Answer:
        inner = {
            **scope,
            "path": visit.path,
            "app": self,
            "sandbox.simulator": self._simulator,
            "sandbox.visit": visit,
            "sandbox.fault": fault,
        }
        try:
            await self._router(inner, receive, _unused)
        except HTTPException:
            text = f"{visit.method} is not allowed"
            return restify(405, "MethodNotAllowedError", text)
        answer: Answer = inner["sandbox.answer"]
        return answer

    def _refusal(self, scope: Scope, visit: Visit) -> Answer | None:
        """What a request without a valid key, or beyond the rate, is answered."""
        modes = self._simulator.modes
        key = next((v for k, v in scope["headers"] if k == b"autopilotapikey"), b"").decode(
            "latin-1"
        )
        if not key:
            return problem(400, "No autopilotapikey header provided.")
        if key not in modes.keys:
            return problem(401, "Provided autopilotapikey not valid.")
        if self._simulator.throttle.allows(key, modes, visit.time):
            return None
        return throttled(modes, visit)


WORKING = ("reverse", "extra", "cut", "truncate", "drip", "delay")


def works(fault: Fault) -> bool:
    """Whether the work is done although, or before, the fault strikes."""
    return fault.work != "none" or fault.action in WORKING


def throttled(modes: Modes, visit: Visit) -> Answer:
    """The 429 that the modes ask for."""
    is_post_contact = visit.method == "POST" and visit.path == "/v1/contact"
    by_rate = modes.throttle_text == "rate" or (
        modes.throttle_text == "as documented" and is_post_contact
    )
    text = (
        f"You have exceeded your request rate of {modes.rate:g} r/s."
        if by_rate
        else 'Your request was throttled. Please see "Rate Limit" section of documentation'
        " at http://developers.autopilothq.com."
    )
    if modes.throttle_envelope == "code":
        answer = restify(429, "TooManyRequestsError", text)
    else:
        answer = problem(429, text)
    if modes.throttle_retry_after:
        return answer._replace(headers=(("Retry-After", modes.throttle_retry_after),))
    return answer


async def _unused(message: Message) -> None:
    raise AssertionError("a handler leaves its answer in the scope")
