"""Runs that start by themselves: when they are due, what they wait for, and who starts them.

times       the occurrences of a schedule, across clock changes
"""
