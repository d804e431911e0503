"""`segport schedule`: when exports run by themselves."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from store.errors import UsageError
from tui.cli.options import json_option, together
from tui.cli.place import Place, pass_place
from tui.cli.printing import say, say_facts, say_json, say_table

if TYPE_CHECKING:
    from workers.actions.schedules import ScheduleLine
    from workers.schedule.look import Happening


# What a schedule and the refresh share.
_times = together(
    click.option("--at", multiple=True, metavar="HH:MM", help="Time of day; up to four."),
    click.option("--daily", is_flag=True, help="Every day."),
    click.option("--weekly", metavar="DAYS", help="On these weekdays, as in mon,thu."),
    click.option("--zone", metavar="ZONE", help="The time zone, as in Europe/Berlin."),
)


@click.group("schedule")
def command() -> None:
    """When exports run by themselves."""


@command.command("show")
@click.argument("name", required=False)
@json_option
@pass_place
def show(place: Place, name: str | None, as_json: bool) -> None:
    """Show the refresh and every schedule, or one export's with its next five times."""
    from workers.actions import schedules

    if name is not None:
        _say_lines([schedules.of(place.desk, name)], as_json)
        return
    from workers.schedule.words import said_of_refresh

    refresh = schedules.refresh_of(place.desk)
    lines = list(schedules.all_of(place.desk).values())
    broken = schedules.unusable(place.desk)
    life = schedules.scheduler(place.desk)
    if as_json:
        plain = [_plain(line) for line in lines]
        plain += [{"slug": each.slug, "broken": each.reason} for each in broken]
        say_json({"refresh": refresh, "scheduler": life, "exports": plain})
        return
    say_facts([("refresh", said_of_refresh(refresh)), ("scheduler", life.told)])
    say()
    if not lines and not broken:
        say("There are no exports yet.")
    say_table(
        ("EXPORT", "SCHEDULE", "NEXT"),
        [
            *((line.name, line.in_full, _first(line)) for line in lines),
            *((each.slug, "unknown", None) for each in broken),
        ],
    )
    if lines:
        say()
        say_facts([(line.name, line.why) for line in lines])
    for each in broken:
        say(f"{each.slug} cannot be used: {each.reason} Correct the file.")


@command.command("run")
@pass_place
def run(place: Place) -> None:
    """Start exports when they are due, for as long as this process lives.

    Made for systemd or tmux; SIGTERM ends it at once, and no run with it. So does losing the role of
    an administrator.
    """
    import signal

    from workers.schedule.loop import Scheduler, SystemClock

    clock = SystemClock()
    scheduler = Scheduler(place.desk, clock, _tell)

    def end(*_: object) -> None:
        scheduler.stopping = True
        clock.wake()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)
    scheduler.run()


@command.command("due")
@json_option
@pass_place
def due(place: Place, as_json: bool) -> None:
    """Start what is due now, and leave: for cron, every few minutes."""
    from datetime import UTC, datetime

    from workers.actions import schedules

    now = datetime.now(UTC)
    look = schedules.look(place.desk, now, "due", now)
    schedules.look_after(place.desk, now, None if as_json else _tell)
    if as_json:
        say_json(look)
        return
    for happening in look.happenings:
        _tell(happening)


@command.command("set")
@click.argument("names", nargs=-1, required=True)
@click.option("--with-refresh", is_flag=True, help="With the workspace's refresh (the default).")
@_times
@click.option("--monthly", metavar="DAY", help="On this day of the month, or last.")
@click.option("--every", metavar="LENGTH", help='An interval, as in "4 h", "30 min" or "2 d".')
@click.option("--cron", metavar="TEXT", help='A cron expression, as in "0 6 * * 1-5".')
@click.option("--start", metavar="TIME", help='Nothing before, as in "2026-12-01 06:00".')
@click.option("--until", metavar="TIME", help="Nothing after.")
@click.option("--on/--off", "on", default=None, help="Switch it, and keep what it says.")
@json_option
@pass_place
def set_schedule(
    place: Place,
    /,
    *,
    names: tuple[str, ...],
    on: bool | None,
    as_json: bool,
    **given: Any,  # noqa: ANN401 - the options, as click gives them
) -> None:
    """Set the schedule of one or several exports. Nothing is run.

    With --on or --off alone, each export keeps its own schedule and is switched: off means only by
    hand. Everything else replaces the schedule of all that are named.
    """
    import msgspec

    from tui.words import schedule as words
    from workers.actions import schedules

    wanted = words.schedule(given, _zone(place))
    if wanted is not None:
        wanted = msgspec.structs.replace(wanted, on=on is not False)
        lines = schedules.set_schedule(place.desk, names, wanted)
    elif on is not None:
        lines = schedules.switch(place.desk, names, on=on)
    else:
        raise UsageError("Which schedule?", "See `segport schedule set --help`.")
    _say_lines(lines, as_json)


@command.command("refresh")
@_times
@click.option("--on/--off", "on", default=None, help="Switch it, and keep its times.")
@json_option
@pass_place
def refresh(
    place: Place,
    *,
    at: tuple[str, ...],
    daily: bool,
    weekly: str | None,
    zone: str | None,
    on: bool | None,
    as_json: bool,
) -> None:
    """Set the workspace's refresh: the times of every export without a schedule of its own."""
    import msgspec

    from tui.words import schedule as words
    from workers.actions import schedules
    from workers.schedule.words import said_of_refresh

    now = schedules.refresh_of(place.desk)
    if not (at or daily or weekly or zone) and (on is False or (on and now.times)):
        wanted = msgspec.structs.replace(now, on=on)
    elif not (at or daily or weekly):
        raise UsageError("When?", "As in: segport schedule refresh --daily --at 06:00")
    else:
        given = {
            "at": at or now.times,
            "weekly": weekly or ("" if daily else ",".join(now.days)),
            "zone": zone,
        }
        wanted = words.refresh(given, _zone(place))
        wanted = msgspec.structs.replace(wanted, on=on is not False)
    schedules.set_refresh(place.desk, wanted)
    if as_json:
        say_json({"refresh": wanted})
        return
    say(f"refresh: {said_of_refresh(wanted)}")
    timing = wanted.timing()
    found = schedules.next_with(place.desk, timing) if timing is not None else None
    if found is not None:
        _say_next(*found)


def _tell(happening: Happening | str) -> None:
    """One line of what a scheduler did, at once: a journal reads along."""
    if isinstance(happening, str):
        say(happening)
    else:
        say(f"{happening.slug} {happening.due:%Y-%m-%d %H:%M} UTC: {happening.what}")
    sys.stdout.flush()


def _zone(place: Place) -> str:
    """The zone that is meant where none is said: the refresh's, else this machine's."""
    from tui.words.schedule import machine_zone
    from workers.actions import schedules

    refresh = schedules.refresh_of(place.desk)
    return refresh.zone if refresh.times else machine_zone()


def _say_lines(lines: list[ScheduleLine], as_json: bool) -> None:
    if as_json:
        say_json([_plain(line) for line in lines])
        return
    for line in lines:
        say_facts([("export", line.name), ("schedule", line.in_full), ("last", line.why)])
        if line.timing is not None:
            _say_next(line.next, line.timing.zone)


def _say_next(times: list[Any], zone: str) -> None:
    from tui.words.schedule import said_times

    for place, text in enumerate(said_times(times, zone)):
        say(f"{'next' if place == 0 else '':<8}  {text}")
    if not times:
        say("next      never: it is over")


def _first(line: ScheduleLine) -> str | None:
    from tui.words.schedule import said_times

    if line.timing is None or not line.next:
        return None
    return said_times(line.next[:1], line.timing.zone)[0]


def _plain(line: ScheduleLine) -> dict[str, Any]:
    return {
        "slug": line.slug,
        "name": line.name,
        "schedule": line.in_full,
        "active": line.active,
        "setting": line.schedule,
        "next": line.next,
        "why": line.why,
    }
