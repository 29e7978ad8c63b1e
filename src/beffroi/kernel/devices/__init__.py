"""Devices: everything with an identity and a state, from its certificate to its last event.

Promises: a device keeps each event until our own signed receipt, and we store it once, by (device, boot, sequence), within a
second of its arrival; what a system must do for an event is a row, done exactly once; a gap in a device's log is a state that
is asked for again at once; a gate is asked through us only by whom its system admits, and never decides because of us.
"""
