"""The tables of the journal and of the log, step by step.

A database at version n has been through the first n steps. A step that has landed is never edited:
a change is a new step at the end, so that every older database gets there by the same way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from store.journal import chain

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

# Statements, or what statements alone cannot do.
Step: TypeAlias = "str | Callable[[sqlite3.Connection], None]"

_FIRST_JOURNAL = """
create table run (
    id integer primary key autoincrement,
    export_id text not null,
    export_slug text not null,
    export_name text not null,
    connection_slug text not null,
    connection_name text not null,
    operator text not null,
    started_by text not null,
    asked_at text not null,
    began_at text,
    ended_at text,
    state text not null,
    cause text not null default '',
    attempt integer not null default 1,
    options text not null,
    frozen text not null,
    key_fingerprint text,
    account text,
    plan text,
    plan_digest text,
    approved_by text,
    cancel_by text,
    cancel_at text,
    heartbeat text,
    unsettled integer not null default 0,
    to_send integer not null default 0,
    accepted integer not null default 0,
    rejected integer not null default 0,
    repeated integer not null default 0,
    requests_planned integer not null default 0,
    requests_sent integer not null default 0
) strict;
create index run_by_export on run (export_id, id);
create index run_by_state on run (state, id);

create table target_list (
    run_id integer not null references run (id),
    position integer not null,
    list_id text not null,
    title text not null,
    primary key (run_id, position)
) strict, without rowid;

create table request (
    run_id integer not null references run (id),
    no integer not null,
    attempt integer not null,
    kind text not null,
    part integer not null,
    first integer not null,
    last integer not null,
    contacts integer not null,
    state text not null,
    status integer,
    ms real,
    sent_at text not null,
    words text not null default '',
    primary key (run_id, no)
) strict, without rowid;

create table accepted (
    run_id integer not null references run (id),
    part integer not null,
    first integer not null,
    last integer not null,
    primary key (run_id, part, first)
) strict, without rowid;

create table reject (
    run_id integer not null references run (id),
    n integer not null,
    request_no integer not null,
    status integer,
    reason text not null,
    words text not null,
    primary key (run_id, n)
) strict, without rowid;

create table repeated (
    run_id integer not null references run (id),
    n integer not null,
    primary key (run_id, n)
) strict, without rowid;

create table settlement (
    export_id text primary key,
    run_id integer not null,
    contacts integer not null,
    digest text not null,
    at text not null
) strict, without rowid;

create table capability (
    origin text not null,
    account text not null,
    name text not null,
    value text not null,
    at text not null,
    primary key (origin, account, name)
) strict, without rowid;

create table audit (
    id integer primary key autoincrement,
    at text not null,
    operator text not null,
    via text not null,
    action text not null,
    subject text not null,
    detail text not null
) strict;
"""

_FIRST_LOG = """
create table line (
    id integer primary key autoincrement,
    run_id integer not null,
    at text not null,
    level text not null,
    text text not null
) strict;
create index line_by_run on line (run_id, id);
"""

# When each connection's account last answered to its key.
_REACHED = """
create table reached (
    connection_slug text primary key,
    at text not null
) strict, without rowid;
"""

# The history's index, the states that runs go through, and requests that were not simply answered.
_HISTORY = """
create index run_past on run (asked_at, id, state, operator, export_id, to_send, accepted, rejected,
    repeated, requests_sent);
create index run_by_operator on run (operator);
create table stage (
    run_id integer not null references run (id),
    no integer not null,
    attempt integer not null,
    state text not null,
    at text not null,
    primary key (run_id, no)
) strict, without rowid;
create index request_in_trouble on request (run_id, no)
    where state in ('refused', 'unknown', 'not sent')
"""

_SCHEDULES = """
create table timing (
    export_id text primary key,
    slug text not null,
    schedule text not null,
    seen_until text not null
) strict, without rowid;

create table occurrence (
    export_id text not null,
    due text not null,
    slug text not null,
    claimed_at text not null,
    missed integer not null,
    state text not null,
    cause text not null default '',
    run_id integer references run (id),
    decided_at text,
    primary key (export_id, due)
) strict, without rowid;
create index occurrence_by_state on occurrence (state, due);
create unique index occurrence_by_run on occurrence (run_id) where run_id is not null;

create table scheduler (
    kind text primary key,
    process integer not null,
    began_at text not null,
    looked_at text not null
) strict, without rowid;
"""

# What has ended since somebody looked.
_ENDED = "create index run_by_end on run (ended_at)"

# Runs that ended before there were alerts are nothing new to anybody.
_ALERTS = """
create table alert (
    id integer primary key autoincrement,
    export_id text not null,
    export_slug text not null,
    export_name text not null,
    kind text not null,
    opened_at text not null,
    closed_at text,
    text text not null,
    run_id integer,
    runs integer not null default 1
) strict;
create unique index alert_open on alert (export_id, kind) where closed_at is null;

create table judged (
    run_id integer not null references run (id),
    attempt integer not null,
    primary key (run_id, attempt)
) strict, without rowid;
insert into judged (run_id, attempt) select id, attempt from run;

create table message (
    id integer primary key autoincrement,
    alert_id integer not null references alert (id),
    event text not null,
    channel text not null,
    state text not null,
    tries integer not null default 0,
    not_before text not null,
    told text not null default ''
) strict;
create index message_waiting on message (not_before) where state in ('waiting', 'sending');
create index message_by_alert on message (alert_id);
"""

# In which role, and what came of it; rows from before have neither.
_ROLE_AND_RESULT = """
alter table audit add column role text;
alter table audit add column result text;
"""

# The configuration as it was last seen, and what Segport is about to write over it.
_CONFIGURATION = """
create table configuration (
    path text primary key,
    text text,
    mark text not null default '',
    coming text,
    is_coming integer not null default 0
) strict, without rowid
"""

# Who is being erased, by a keyed digest, and which rows of plans are still to be taken out.
_FORGETTING = """
create table forgetting (
    person text primary key,
    begun_at text not null,
    operator text not null
) strict, without rowid;
create table forgotten (
    run_id integer not null references run (id),
    n integer not null,
    primary key (run_id, n)
) strict, without rowid
"""

# How many contacts a ledger holds was asked by nobody any more.
_UNCOUNTED = "alter table settlement drop column contacts"

# The exit code of what made a run fail before it began to send, as a plan alone would have ended.
_FAILED_WITH = "alter table run add column failed_with integer"

# A run whose plan can be carried out no more: every further attempt would end as it did.
_OVER = "alter table run add column over integer not null default 0"

JOURNAL: Final[tuple[Step, ...]] = (
    _FIRST_JOURNAL,
    _REACHED,
    _HISTORY,
    chain.install,
    _SCHEDULES,
    _ENDED,
    _ALERTS,
    _ROLE_AND_RESULT,
    _CONFIGURATION,
    _FORGETTING,
    _UNCOUNTED,
    _FAILED_WITH,
    _OVER,
)
LOG: Final[tuple[Step, ...]] = (_FIRST_LOG,)
