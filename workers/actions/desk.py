"""Where an operator sits: a workspace, a person, and the way they came in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store import operators
from store import settings as store_settings
from store.errors import ConfigurationError, NotPermitted
from store.journal import audit
from store.journal.log import Log
from store.journal.schema import Journal

if TYPE_CHECKING:
    from store.connections import Connection
    from store.operators import Operator
    from store.settings import Settings
    from store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Desk:
    """An operator at a workspace. `via` is "command line" or "app"."""

    workspace: Workspace
    operator: Operator
    via: str

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
        if self.operator.role != "administrator" and connection.usable_by != "contributors":
            raise NotPermitted(
                f"The connection {connection.name} is for administrators only.",
                "Ask an administrator to share it with contributors.",
            )

    def record(self, action: str, subject: str, detail: str = "") -> None:
        """Write down an act that left no row of its own in the journal."""
        with self.journal() as journal, journal.writing() as connection:
            audit.record(
                connection,
                operator=self.operator.name,
                via=self.via,
                action=action,
                subject=subject,
                detail=detail,
            )


def sit_down(workspace: Workspace, via: str) -> Desk:
    """The desk of the account that this process runs under.

    A settings file that cannot be read makes nobody an administrator: who may do what is in it.
    """
    try:
        operator = operators.current(store_settings.load(workspace))
    except ConfigurationError:
        operator = operators.nobody()
    return Desk(workspace, operator, via)
