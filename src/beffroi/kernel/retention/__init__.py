"""Retention: what is kept goes on its day, with an entry and a receipt; what is a public archive waits for the archives' visa.

Each app says what it keeps, how long and why; names and traces erase themselves within a day of their time, in batches of 500,
and what should be gone and is not there, or should be there and is gone, is found every week and told.
"""
