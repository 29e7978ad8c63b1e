"""The only place that destroys: what is past its time, what the archives' visa covers; and durations, slips, holds, checks."""
