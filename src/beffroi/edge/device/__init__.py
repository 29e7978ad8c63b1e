"""What every device of the street has, whatever it is for: a memory, a log, what it holds and goes by, a line to the server.

It promises that every event is kept until the server signs that it has it; that what is brought is believed for its
signature and never for its bearer; and that a cut of the current at any instant leaves the memory whole. A program of
the edge (the lock, the relay) adds what it decides about. docs/spec/device.md is normative.
"""
