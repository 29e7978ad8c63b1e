"""Door contacts as they are sold, on a door where no lock of ours is: open or shut, tampered with, how its battery is; and nothing else.

A contact has no key: what it says is a claim of whoever speaks for it on its network. It opens nothing, accuses nobody, and everything
it is believed for says "observed, unsigned". A door open for 30 minutes is told; a contact is late before it is silent.
"""
