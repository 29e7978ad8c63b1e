"""Reads of imports, by viewer."""
