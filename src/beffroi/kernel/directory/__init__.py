"""The town's own directory: its staff log in with the password they have, hold the roles that their groups give, and lose them within a
quarter of an hour of leaving. Nobody takes over an account; too many leaving at once stops and asks.
"""
