"""Pages for an authority's administrators: the schedule, slips, destructions, checks."""
