"""Runs that start by themselves: when they are due, what they wait for, and who starts them.

times       the occurrences of a schedule, across clock changes
effect      what a schedule comes to, with refresh, switch and connection
upstream    whether the files that an export reads are still being written
look        one look of a scheduler: claim what is due, start what can be started
loop        the lasting scheduler
alive       whether one is alive
why         why an export did or did not run last time
words       schedules in a few words
"""
