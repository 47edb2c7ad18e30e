"""The benchmark harness: a load generator, echo servers as its subjects, and what runs them.

The rules it keeps: the load generator and each server are processes of their own, pinned to
different CPUs; every byte that comes back is checked; subjects take turns within each round, so
that a slow moment of the machine falls on all of them; and a figure is a ratio, a count or a CPU
time, with its spread, never a single speed.
"""
