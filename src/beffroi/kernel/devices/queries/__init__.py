"""Reads of devices: for people by viewer, for the programs that serve devices by identity."""
