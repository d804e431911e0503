"""What is done to exports from their list: each asks first where it cannot be taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from store.errors import SegportError
from store.exports import free_name
from tui.screens.confirm import Confirm
from tui.screens.pick import Pick
from tui.screens.prompt import Prompt
from tui.screens.starting import start
from tui.screens.typed_confirm import TypedConfirm
from tui.words.figures import joined, many

if TYPE_CHECKING:
    from tui.screens.exports import ExportsScreen
    from workers.actions.connections import ConnectionLine
    from workers.actions.exports import Saved
    from workers.actions.schedules import Asked

_DETACH = "(none: detach it)"


def run(screen: ExportsScreen, slugs: Sequence[str]) -> None:
    """Run one and follow it, or several and stay."""
    if len(slugs) == 1:
        line = screen.lines.get(slugs[0])
        to = line.export.connection if line is not None else None
        (name,) = _names(screen, slugs)
        if line is None or line.export.may_change or _allowed(screen, slugs[0]):
            start(screen, slugs[0], name, to)
    elif slugs:
        words = (
            f"Run these {many(len(slugs), 'export')} now?\n\n{joined(_names(screen, slugs))}\n\n"
            "Each plans first, then sends, in a process of its own."
        )

        def work() -> list[Asked]:
            from workers.actions import schedules

            return schedules.run_these(screen.segport.desk(), slugs)

        _start_all(screen, words, work)


def _allowed(screen: ExportsScreen, slug: str) -> bool:
    """Refuse before a question is put whose yes would be in vain."""
    from workers.actions import runs

    try:
        runs.allowed(screen.segport.desk(), slug)
    except SegportError as error:
        screen.problem(error)
        return False
    return True


def run_all(screen: ExportsScreen) -> None:
    """Run every export that runs by itself, but none that is paused or runs only by hand."""
    slugs = [slug for slug, line in screen.lines.items() if line.active]
    if slugs:
        run(screen, slugs)
    else:
        screen.say(screen.keyed("No export has an active schedule: {exports.schedule} sets one."))


def _start_all(screen: ExportsScreen, words: str, work: Callable[[], list[Asked]]) -> None:
    def started(asked: list[Asked]) -> None:
        failed = [each for each in asked if each.problem is not None]
        count = many(len(asked) - len(failed), "run")
        if not failed:
            screen.say(f"Started {count}.")
        else:
            names = _names(screen, [each.slug for each in failed])
            told = " ".join(
                f"{name}: {each.problem}" for name, each in zip(names, failed, strict=True)
            )
            screen.problem(SegportError(f"Started {count}; not started: {told}"))
        screen.table.unmark()
        screen.reload()

    def answered(yes: bool | None) -> None:
        if yes:
            screen.ask(work, started, group="start")

    screen.app.push_screen(Confirm(words, yes="Run"), answered)


def pause(screen: ExportsScreen, slugs: Sequence[str]) -> None:
    """Pause; if all of them are paused, let them go on."""
    if not slugs:
        return
    known = [screen.lines[slug] for slug in slugs if slug in screen.lines]
    on = all(line.paused for line in known)

    def work() -> list[str]:
        from workers.actions import export_life

        act = export_life.unpause if on else export_life.pause
        return act(screen.segport.desk(), slugs)

    def done(changed: list[str]) -> None:
        state = "runs by its schedule again" if on else "is paused: no schedule starts it"
        screen.say(f"{joined(_names(screen, changed))} {state}.")
        screen.reload()

    screen.ask(work, done, group="deed")


def connect(screen: ExportsScreen, slugs: Sequence[str]) -> None:
    """Choose a connection for these exports, or none."""
    if not slugs:
        return

    def offered(lines: list[ConnectionLine]) -> None:
        usable = [line for line in lines if line.usable and not line.broken]

        def picked(place: int | None) -> None:
            if place is not None:
                _connect(screen, slugs, usable[place - 1] if place else None)

        title = f"Connection of {joined(_names(screen, slugs))}"
        screen.put(Pick(title, [_DETACH, *(line.name for line in usable)], 1), picked)

    def work() -> list[ConnectionLine]:
        from workers.actions import connections

        return connections.listed(screen.segport.desk())

    screen.ask(work, offered, group="deed")


def _connect(
    screen: ExportsScreen, slugs: Sequence[str], connection: ConnectionLine | None
) -> None:
    def work() -> list[str]:
        from workers.actions import export_life

        desk = screen.segport.desk()
        if connection is None:
            for slug in slugs:
                export_life.detach(desk, slug)
            return ["Detached: it keeps all else, and does not run until it is attached again."]
        return [
            note for slug in slugs for note in export_life.attach(desk, slug, connection.slug).notes
        ] or [f"Attached to {connection.name}."]

    def done(notes: list[str]) -> None:
        screen.say(" ".join(notes))
        screen.reload()

    screen.ask(work, done, group="deed")


def duplicate(screen: ExportsScreen, slug: str) -> None:
    """Ask for the copy's name, until it can be one."""

    def take(name: str) -> Saved:
        from workers.actions import export_life

        return export_life.duplicate(screen.segport.desk(), slug, name)

    def done(saved: Saved | None) -> None:
        if saved is not None:
            screen.say(" ".join(saved.notes))
            screen.table.expect(saved.slug)
            screen.await_anew()
            screen.reload()

    (name,) = _names(screen, [slug])
    free = free_name(name, {line.export.slug: line.export.name for line in screen.lines.values()})
    screen.app.push_screen(Prompt(f"Name of the copy of {name}", free, take), done)


def remove(screen: ExportsScreen, slugs: Sequence[str]) -> None:
    """Remove these exports, once the name was typed."""
    if not slugs:
        return
    names = _names(screen, slugs)
    wanted = names[0] if len(names) == 1 else many(len(names), "export")
    own = slugs[0] if len(slugs) == 1 else None
    words = (
        f"Remove {joined(names)}?\n\nIts runs stay in the history, and what was sent stays at the "
        "destination. A run that is under way goes on as it was frozen."
    )

    def work() -> int:
        from workers.actions import exports

        for slug in slugs:
            exports.remove(screen.segport.desk(), slug)
        return len(slugs)

    def done(count: int) -> None:
        screen.say(f"Removed {many(count, 'export')}.")
        screen.reload()

    def answered(yes: bool | None) -> None:
        if yes:
            screen.ask(work, done, group="deed")

    screen.app.push_screen(TypedConfirm(words, wanted, yes="Remove", slug=own), answered)


def forget(screen: ExportsScreen, slug: str) -> None:
    """Forget what an export has sent, once its name was typed."""
    (name,) = _names(screen, [slug])
    words = (
        f"Forget what the destination has acknowledged of {name}?\n\nThe next run sends everybody "
        "as new, and cannot tell who left. Nothing changes at the destination."
    )

    def work() -> None:
        from workers.actions import exports

        exports.reset(screen.segport.desk(), slug)

    def answered(yes: bool | None) -> None:
        if yes:
            told = f"The next run of {name} sends everybody as new."
            screen.ask(work, lambda _: screen.say(told), group="deed")

    screen.app.push_screen(TypedConfirm(words, name, yes="Forget", slug=slug), answered)


def _names(screen: ExportsScreen, slugs: Sequence[str]) -> list[str]:
    return [screen.lines[slug].export.name if slug in screen.lines else slug for slug in slugs]
