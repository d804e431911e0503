"""What is done to connections from their list: each asks first where it cannot be taken back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.screens.confirm import Confirm
from tui.screens.consent import ConsentScreen
from tui.screens.dependents import DependentsScreen
from tui.screens.new_key import NewKeyScreen
from tui.screens.typed_confirm import TypedConfirm
from tui.words.figures import joined, many
from workers.destinations.accounts import other_account

if TYPE_CHECKING:
    from collections.abc import Mapping

    from store.keys.key import Key
    from tui.screens.connections import ConnectionsScreen
    from workers.actions.connection_life import Fate
    from workers.actions.connections import ConnectionLine
    from workers.destinations.base import ConnectReport


def found(report: ConnectReport, address: str = "") -> str:
    """What the service answered; at which address, where more than one could be meant."""
    account = report.account
    who = " ".join(part for part in (account.name, account.email and f"({account.email})") if part)
    where = f", at {address}" if address else ""
    who = who or "an account that the service does not name"
    return f"Connected: {who}, {many(report.lists, 'list')}{where}."


def test(screen: ConnectionsScreen, line: ConnectionLine) -> None:
    """Call the service with the kept key."""
    screen.say("Calling the service...")

    async def work() -> ConnectReport:
        from workers.actions import connecting

        return await connecting.test(screen.segport.desk(), line.slug)

    def answered(report: ConnectReport) -> None:
        screen.say(found(report))
        screen.reload()

    screen.ask_async(work, answered, group="test")


def replace_key(screen: ConnectionsScreen, line: ConnectionLine) -> None:
    """Ask for a key until the service answers to it; one of another account only after a word on that."""

    def attempt(key: Key) -> ConnectReport:
        from workers.actions import connecting

        return asyncio.run(connecting.try_key(screen.segport.desk(), line.slug, key))

    def tried(found: tuple[Key, ConnectReport] | None) -> None:
        if found is None:
            return
        key, account = found[0], found[1].account.email
        if not other_account(account, line.account):
            keep(key, account)
            return
        words = (
            f"The new key opens the account {account}, not {line.account} as before.\n\nExports "
            "that have sent to that one do not run here until they are reset."
        )
        screen.app.push_screen(
            Confirm(words, yes="Keep it"), lambda yes: keep(key, account) if yes else None
        )

    def keep(key: Key, account: str | None) -> None:
        def work() -> list[str]:
            from workers.actions import connections

            return connections.replace_key(screen.segport.desk(), line.slug, key, account=account)

        def kept(notes: list[str]) -> None:
            screen.say(" ".join(["The new key is kept.", *notes]))
            screen.reload()

        screen.ask(work, kept, group="key")

    screen.app.push_screen(NewKeyScreen(line.name, attempt), tried)


def consent(screen: ConnectionsScreen, line: ConnectionLine) -> None:
    """Show the statement, who agreed and when; withdraw it, or agree."""

    def answered(wanted: str | None) -> None:
        if wanted == "withdraw":
            screen.app.push_screen(Confirm(words, yes="Withdraw"), sure)
        elif wanted == "agree":
            screen.ask(agree, lambda _: done("You agreed."), group="deed")

    def sure(yes: bool | None) -> None:
        if yes:
            screen.ask(withdraw, lambda stopping: done(_stopped(stopping)), group="deed")

    def withdraw() -> list[int]:
        from workers.actions import connection_life

        return connection_life.withdraw(screen.segport.desk(), line.slug)

    def agree() -> None:
        from workers.actions import connections

        connections.edit(screen.segport.desk(), line.slug, agreed=True)

    def done(words: str) -> None:
        screen.say(words)
        screen.reload()

    words = (
        f"Withdraw the consent to send data through {line.name}?\n\nWhat runs through it stops "
        "after the requests in flight. Nothing starts until somebody agrees again."
    )
    screen.app.push_screen(ConsentScreen(line), answered)


def remove(screen: ConnectionsScreen, line: ConnectionLine) -> None:
    """Choose for each export that uses it, then remove it once its name was typed."""

    def known(users: dict[str, str]) -> None:
        def chosen(fates: Mapping[str, Fate] | None) -> None:
            if fates is not None:
                ask(fates, users)

        if users:
            screen.put(DependentsScreen(line.name, users), chosen)
        else:
            ask({}, users)

    def ask(fates: Mapping[str, Fate], names: Mapping[str, str]) -> None:
        removed = [names[slug] for slug, fate in fates.items() if fate == "remove"]
        detached = [names[slug] for slug, fate in fates.items() if fate == "detach"]
        told = [f"Remove the connection {line.name} and its key?", ""]
        told += [f"Detached, to be attached elsewhere: {joined(detached)}"] if detached else []
        told += [f"Removed with it: {joined(removed)}"] if removed else []
        told.append("What runs through it stops after the requests in flight.")
        screen.put(
            TypedConfirm("\n".join(told), line.name, yes="Remove", slug=line.slug),
            lambda yes: go(fates) if yes else None,
        )

    def go(fates: Mapping[str, Fate]) -> None:
        def work() -> list[int]:
            from workers.actions import connection_life

            return connection_life.remove(screen.segport.desk(), line.slug, fates)

        def done(stopping: list[int]) -> None:
            screen.say(f"Removed {line.name}. {_stopped(stopping) if stopping else ''}")
            screen.reload()

        screen.ask(work, done, group="deed")

    def users() -> dict[str, str]:
        from workers.actions import connections

        screen.segport.desk().operator.require("administrator", "to remove a connection")
        return connections.users_of(screen.segport.desk(), line.slug)

    screen.ask(users, known, group="deed")


def _stopped(runs: list[int]) -> str:
    if not runs:
        return "Withdrawn: nothing is sent through it any more."
    return f"Stopping after the requests in flight: run {joined(map(str, runs))}."
