"""`/_sandbox/…`: how tests and the demo look into a running simulator and change it.

GET  /_sandbox/            what it is, its modes, what it holds, its rules
GET  /_sandbox/requests    its record of requests; ?since=NUMBER for those after it
GET  /_sandbox/accepted    how often it stored each address
GET  /_sandbox/contacts    every contact, as GET contact shows it
GET  /_sandbox/lists       every list with its size
POST /_sandbox/faults      a list of rules, in place of those in force
POST /_sandbox/modes       an object with the modes to change
POST /_sandbox/forget      clears the record
POST /_sandbox/lists       {"list_id", "title"} renames, {"list_id", "title": null} deletes
POST /_sandbox/stop        ends the simulator
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import msgspec

from workers.sandbox.answers import Answer, ok, problem
from workers.sandbox.faults import Faults, parse
from workers.sandbox.people import shown

if TYPE_CHECKING:
    from workers.sandbox.simulator import Simulator

PREFIX = "/_sandbox/"


def control(simulator: Simulator, method: str, path: str, query: str, body: bytes) -> Answer:
    """Answers one control request."""
    action = f"{method} {path.removeprefix(PREFIX)}"
    try:
        if method == "GET":
            answer = _look(simulator, action, parse_qs(query).get("since", ["0"])[0])
        else:
            answer = _change(simulator, action, msgspec.json.decode(body or b"{}"))
    except msgspec.MsgspecError as error:
        return problem(400, str(error))
    return problem(404, "There is no such control.") if answer is None else ok(answer)


def _look(simulator: Simulator, action: str, since: str) -> object | None:
    match action:
        case "GET ":
            return summary(simulator)
        case "GET requests":
            number = int(since) if since.isdecimal() else 0
            return {"requests": simulator.record.since(number)}
        case "GET accepted":
            return {"accepted": dict(simulator.record.accepted)}
        case "GET contacts":
            return {"contacts": everyone(simulator)}
        case "GET lists":
            rows = simulator.store.list_sizes()
            return {"lists": [{"list_id": i, "title": t, "size": n} for i, t, n in rows]}
    return None


def _change(simulator: Simulator, action: str, payload: object) -> object | None:
    match action:
        case "POST faults":
            simulator.faults = Faults(parse(payload))
        case "POST modes":
            simulator.change_modes(msgspec.convert(payload, dict[str, object]))
        case "POST lists":
            change = msgspec.convert(payload, dict[str, str | None])
            list_id, title = change.get("list_id") or "", change.get("title")
            if title is None:
                simulator.store.delete_list(list_id)
            else:
                simulator.store.rename_list(list_id, title)
        case "POST forget":
            simulator.record.clear()
        case "POST stop":
            simulator.stop()
        case _:
            return None
    return {}


def everyone(simulator: Simulator) -> list[dict[str, Any]]:
    """Every contact with its lists, in ascending order of id."""
    people = list(simulator.store.everyone())
    lists = simulator.store.lists_of(p.contact_id for p in people)
    return [shown(p, lists.get(p.contact_id, ())) for p in people]


def summary(simulator: Simulator) -> dict[str, Any]:
    """What a running simulator says of itself; not the keys it accepts."""
    modes = msgspec.to_builtins(simulator.modes)
    modes["keys"] = len(simulator.modes.keys)
    store = simulator.store
    [[contacts]] = store.db.execute("SELECT count(*) FROM contacts")
    return {
        "instance": simulator.instance,
        "pid": os.getpid(),
        "file": str(simulator.path) if simulator.path else None,
        "uptime": time.monotonic() - simulator.started,
        "requests": simulator.record.seen,
        "contacts": contacts,
        "lists": len(store.lists()),
        "custom_fields": store.field_types,
        "modes": modes,
        "faults": [
            {"rule": msgspec.to_builtins(each.rule), "met": each.met, "fired": each.fired}
            for each in simulator.faults.armed
        ],
    }
