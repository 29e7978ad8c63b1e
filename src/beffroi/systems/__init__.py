"""The systems of the sources, one app each; they never import one another."""
