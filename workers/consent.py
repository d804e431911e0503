"""The data privacy statement that an operator agrees to before a connection is saved."""

from __future__ import annotations

from typing import Final

VERSION: Final = "2026-11"

STATEMENT: Final = """\
Data privacy and compliance

By connecting Segport to Autopilot you instruct Segport to send data, which may include personal \
data of your customers such as names and email addresses, out of this workspace to a service that \
is run by somebody else.

Segport sends what the exports on this connection say, and nothing else. What happens to the data \
at the service is governed by your agreement with it, not by Segport.

You are responsible for having the consent or another lawful ground that the transfer needs, and \
for the service meeting the privacy and security duties that you are under.

An administrator can remove the connection at any time. Nothing is sent through it afterwards; \
what was sent before stays at the service until it is deleted there."""
