"""A local simulator of the Autopilot REST API v1, on a real loopback socket.

The demo and the tests talk to it. Where public sources about the API disagree, `modes.Modes` has
a switch for each; what can go wrong on the way is scripted with `faults.Fault`.
"""
