"""Reads of cabinets, of what happened to them, and the words for it."""
