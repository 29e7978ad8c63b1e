"""Screens: a wall of a supervision centre shows the console of one authority to whoever stands before it, and does nothing.

It has a key of its own (P-256, made in its browser, not extractable), no password and nobody's session.
"""
