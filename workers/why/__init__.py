"""Why a person is, or is not, at the destination: one address, looked up in everything kept here.

answer      what is told, as data
rows        the person's rows in the segments, each read once
present     the segments and the lists of suppressed addresses as they are now
next_runs   what the next run of each export would do
ledgers     what was acknowledged
past        the runs that had this person in their plan: what was sent, what was answered
ask         all of it
masking     the same with personal values masked
verdict     the answer in one sentence
"""
