"""An installation that says how it is: what it looks at in itself, since when something is wrong, whom it tells within a minute or two, and
the paper that a town works by when its server is down.
"""
