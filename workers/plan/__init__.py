"""The plan: what a run will send, worked out in full and frozen before the first request.

address     the identity of a person, in SQL
payload     data matching as SQL: a row becomes the JSON text of its fields
stage       reads every segment once into cleaned rows
distinct    several rows of one address become one contact
compare     contacts against the ledger: add, change, membership, unchanged, withheld
suppress    whom nothing is sent to
freeze      the plan as files; what is sent, what is left out
frozen      a frozen plan, asked
people      where in a frozen plan a person stands
tally       the counts of a frozen plan
survey      what the destination says: account, lists, sizes
targets     which list each segment fills, and where it stands in the ledger
report      the counts and warnings, as shown and kept
make        all of it, in order
"""
