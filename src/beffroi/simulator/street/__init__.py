"""The demonstration's street: hands on the metal of three locks, and the guided page of what there is to try.

It reaches the locks by their `body` port, as fingers would; the town's server doesn't know that it exists.
"""
