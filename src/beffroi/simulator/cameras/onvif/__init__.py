"""The simulated cameras' other tongue: ONVIF, as they answer whoever looks for them and asks what they have.

Written from the specifications, by hand and with nothing of the relay's or of its library: it is there to disagree with them.
"""
