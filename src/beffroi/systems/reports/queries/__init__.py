"""Reads of reports, by viewer, and the words for them."""
