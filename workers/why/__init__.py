"""Why a person is, or is not, at the destination: one address, looked up in everything kept here.

answer      what is told, as data
present     the segments and exports as they are now: what the next run would do
past        the runs that had this person in their plan: what was sent, what was answered
ask         all of it
masking     the same with personal values masked
verdict     the answer in one sentence
"""
