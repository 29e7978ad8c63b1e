"""Cameras of the relay's network found by ONVIF: who is there, and where each one's H.264 picture is.

Only the commands `discover` and `find` come here; a relay that runs never does. Everything that a camera says is bounded before it
is read, and nothing that it says is believed about any other machine. docs/spec/relay-finding.md is normative.
"""
