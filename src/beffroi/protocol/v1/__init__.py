"""Version 1 of the gate protocol (``docs/spec/gate.md``): capabilities, key sets, the exchange at a gate, time,
revocation, events.

Pure Python and ``cryptography``; time and randomness are always passed in. Public functions that read bytes from
outside return what they read or ``errors.Refused``; nothing here reads a clock, a file or a socket.
"""
