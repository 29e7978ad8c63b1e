"""The sheet of codes in the town's safe: it opens an administrator's account when nothing else does, once a code, on the record, and every
administrator is told at once.
"""
