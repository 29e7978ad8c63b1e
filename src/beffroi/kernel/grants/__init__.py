"""Ask → grant → gate → register: conventions, rights, the phones that hold them, and the one process that signs them.

A right lasts what its convention foresaw, 24 hours at most for a work order, and can be taken back within one revocation list.
"""
