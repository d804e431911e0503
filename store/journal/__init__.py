"""History: runs, their requests and rejects, and who did what. SQLite, written by many processes.

schema      tables, versions, the connection and its transactions
runs        one row a run: who, what, state, counts
delivery    what was sent and what came of it
audit       who did what
log         log lines, in a database of their own
"""
