"""Webhooks: a signed JSON message to a program that somebody else runs (the scheme of standardwebhooks.com)."""
