"""Where an operator sits: a workspace, a person, and the way they came in."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from store import connections
from store import settings as store_settings
from store.errors import ConfigurationError, NotFound, NotPermitted, SegportError
from store.journal import audit, configuration
from store.journal.log import Log
from store.journal.schema import Journal
from store.people import operators, ssh_session

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from store.connections import Connection
    from store.documents import Document
    from store.people.operators import Operator, Role
    from store.settings import Settings
    from store.workspace import Workspace

# What stands where the name of a connection would, for those whom it is not shared with.
NOT_SHARED: Final = "not shared with you"


@dataclass(frozen=True, slots=True)
class Desk:
    """An operator at a workspace.

    Attributes:
        via: "command line", "app", or what else acts for them.
        session: the SSH connection they came by, in words; empty for none.
    """

    workspace: Workspace
    operator: Operator
    via: str
    session: str = ""

    def again(self) -> Desk:
        """The same place with the role of now: for a process that stays."""
        return sit_down(self.workspace, self.via)

    def with_known_role(self) -> Desk:
        """The same, where the role can be read.

        Raises:
            ConfigurationError: the settings are broken, so nobody knows it.
        """
        return _seat(self.workspace, self.via)

    def journal(self) -> Journal:
        """The journal, opened; use it in a `with`."""
        return Journal(self.workspace.journal_path)

    def log(self) -> Log:
        """The log lines, opened."""
        return Log(self.workspace.log_path)

    def settings(self) -> Settings:
        """The workspace's settings as they are now."""
        return store_settings.load(self.workspace)

    def require_shared(self, connection: Connection) -> None:
        """Refuse a contributor whom the connection is not shared with."""
        if not self.sees(connection):
            self.refused("use a connection that is not shared")
            raise NotPermitted(
                "This goes over a connection that is for administrators only.",
                f"{self.operator.whom_to_ask} They can share it with contributors.",
            )

    def require(self, role: Role, to: str, subject: str = "") -> None:
        """Refuse unless this operator has at least `role`; that it was asked for is written down.

        Args:
            role: the least role that may do it.
            to: what was going to be done, as in "to run an export".
            subject: what it was going to be done to.
        """
        try:
            self.operator.require(role, to)
        except NotPermitted:
            self.refused(to.removeprefix("to "), subject)
            raise

    def refused(self, action: str, subject: str = "") -> None:
        """Write down that somebody asked for what they may not; it is refused in any case."""
        with contextlib.suppress(SegportError):
            self.record(action, subject, result="refused")

    def connection(self, slug: str) -> Document[Connection]:
        """A connection by slug or name. What an error tells of the others is for administrators."""
        try:
            return connections.load(self.workspace, slug)
        except (NotFound, ConfigurationError) as error:
            if self.is_administrator:
                raise
            told = f"There is no connection {slug} that you can use."
            raise type(error)(told, self.operator.whom_to_ask) from None

    @property
    def is_administrator(self) -> bool:
        """Whether everything may be seen and done here."""
        return self.operator.role == "administrator"

    def sees(self, connection: Connection) -> bool:
        """Whether this operator may know that there is this connection: its name and its type."""
        return self.is_administrator or connection.usable_by == "contributors"

    def record(self, action: str, subject: str, detail: str = "", result: str = "done") -> None:
        """Write down an act that left no row of its own in the journal."""
        with self.journal() as journal, journal.writing() as db:
            self.note(db, action, subject, detail, result)

    @contextlib.contextmanager
    def noting(self, action: str, subject: str) -> Iterator[None]:
        """Write down an act that may fail, and whether it did."""
        try:
            yield
        except SegportError:
            with contextlib.suppress(SegportError):
                self.record(action, subject, result="failed")
            raise
        self.record(action, subject)

    def note(
        self,
        db: sqlite3.Connection,
        action: str,
        subject: str,
        detail: str = "",
        result: str = "done",
    ) -> None:
        """Write down an act inside the transaction that does it. Never with a customer's data."""
        audit.record(
            db,
            operator=self.operator.name,
            via=self.via,
            session=self.session,
            action=action,
            subject=subject,
            detail=detail,
            role=self.operator.role,
            result=result,
        )


def sit_down(workspace: Workspace, via: str) -> Desk:
    """The desk of the account that this process runs under.

    A settings file that cannot be read makes nobody an administrator: who may do what is in it.
    Configuration that was changed by hand since the last look is written down first.
    """
    try:
        return _seat(workspace, via)
    except ConfigurationError as error:
        session = ssh_session.words(key=operators.identity().key)
        return Desk(workspace, operators.nobody(error.message), via, session)


def _seat(workspace: Workspace, via: str) -> Desk:
    with contextlib.suppress(SegportError, OSError):
        configuration.notice(workspace.root)
    who = operators.identity()
    session = ssh_session.words(key=who.key)
    try:
        operator = operators.current(store_settings.load(workspace))
    except NotPermitted:
        _note_turned_away(workspace, who.name, via, session)
        raise
    return Desk(workspace, operator, via, session)


def _note_turned_away(workspace: Workspace, name: str, via: str, session: str) -> None:
    """Somebody has a key to the gate, and is nobody here."""
    with (
        contextlib.suppress(SegportError),
        Journal(workspace.journal_path) as journal,
        journal.writing() as db,
    ):
        audit.record(
            db, operator=name, via=via, session=session, action="come in", subject="workspace",
            result="refused",
        )  # fmt: skip
