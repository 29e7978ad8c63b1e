"""Street fibre cabinets that open for their technician and nobody else; every opening and refusal is provable.

Meaux, 2021: 30 locks, then 50 more. A work order lasts 24 hours at most.
"""
