"""Alerts: told once when something about an export changes, and once when it is over.

checked     what is wanted, or why it cannot be
judge       what the end of a run says
usual       how long a run usually takes
deliver     getting messages out, again if need be
channels    mail, webhook, command
words       what is told; no customer and no key is in it
"""
