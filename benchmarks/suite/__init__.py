"""Which times and memory does asv follow from commit to commit?

Rule: everything is compiled in `setup`, never in `time_*`: setup calls what will be timed once.
"""
