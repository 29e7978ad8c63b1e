"""A site's video relay, as a program of its own.

It promises that a picture leaves it only for somebody who has the right to it, decided here, with no network; that each look is on
record before its first byte; that the picture stops inside the stream, at the moment its right ends; and that a camera is connected
only while somebody watches. docs/spec/relay.md is normative for the program, docs/spec/relay-media.md for the picture.
"""
