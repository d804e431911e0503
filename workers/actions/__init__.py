"""Everything an operator can do: the one door for change.

The app and the command line call the same functions; each asks whether this operator may, does it, and
writes down who did what.

    desk          the workspace and the operator at it
    connections   accounts at destinations: their consent, keys and tests
    exports       what is sent where, and the plan of it
    runs          starting, following, stopping, resuming
    progress      how far a run is
    requests      what left for the destination, and what was answered
    rejects       who did not get through
"""
