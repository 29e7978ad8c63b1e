"""Reads of sites, cameras, requests and viewings, by viewer."""
