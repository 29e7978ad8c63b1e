"""The authority's own desk: what it has, what remains to be set up, what it says of itself and publishes in law, its systems' switches
with their impact assessments, and everything it may take away: within 24 hours, whole, without a secret in it.
"""
