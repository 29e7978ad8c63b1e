"""Imports: a town's lists, as its spreadsheets hold them, become things by one act: looked at whole before anything is written.

Up to 20,000 rows and 5 MB; nothing is written before somebody has seen what would be; for a day it can be undone.
"""
