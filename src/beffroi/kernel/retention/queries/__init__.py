"""Reads: durations in force, what is past its time, slips, destructions, and what the reconciler compares."""
