"""Faults that an official or an inhabitant reports, photo in hand, handled within 48 hours by a clock that nobody can reset.

Signal Réseau: an elected official signals a network fault and it goes straight to the technical services.
"""
