"""History: runs, their requests and rejects, and who did what. SQLite, written by many processes.

schema      the connection, its transactions and its version
tables      the tables, step by step
runs        one row a run: who, what, state, counts, and the states it went through
past        the history: filtered, in pages, summed up
delivery    what was sent and what came of it
occurrences when exports were due, and what came of it
audit       who did what
reached     when each connection last answered
log         log lines, in a database of their own
"""
