"""Reads of the register: what is published, how the database stands to it, and what a viewer may see of it."""
