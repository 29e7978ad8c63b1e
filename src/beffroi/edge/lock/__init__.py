"""A street cabinet's lock, as a program of its own.

It promises that the door opens only for a grant that names this cabinet, decided here, with no network; that whoever
opened is on record before the bolt moves; that every event is kept until the server signs that it has it; and that
whatever fails inside, the bolt stays shut. docs/spec/lock.md is normative for its states and ports;
docs/spec/gate.md for what it says to phones and to the server.
"""
