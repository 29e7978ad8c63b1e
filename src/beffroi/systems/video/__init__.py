"""Images on request: a camera is looked at only while somebody has the right to, and every look is an entry.

Charenton-le-Pont, 2021: 2 to 12 hours a request, three entrances, 260 homes. No byte after the end, by any route.
"""
