"""Somebody comes in, ties their account, leaves, or isn't confirmed any more."""
