"""Reads of contacts, by viewer; words of what they tell."""
