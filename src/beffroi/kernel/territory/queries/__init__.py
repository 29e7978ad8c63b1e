"""Reads of authorities, organisations and who belongs to them, by viewer."""
