"""Delivery: the frozen plan, cut into requests, paced, sent, and written down before and after.

items       what is sent of one contact in one request
reader      reads the frozen plan in windows and cuts batches
recorder    commits to the journal, several requests a commit
patience    how often a request is tried again
doubt       what may have been taken without an acknowledgement
sender      one batch: tries, halves, singles out, until each contact's fate is known
probe       whether a bulk call puts a contact that exists on a list
complaints  what is said of requests that are tried again
roll        who is on a list already
assembly    a delivery put together from what the journal knows of a run
delivery    all of it: phases, requests in flight, how it ends
"""
