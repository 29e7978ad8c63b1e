"""PostgreSQL of our own: one cluster under BEFFROI_HOME, run as our foreground child, for one machine and a small town.

`DATABASE_URL` wins over all of this: when it is set nothing here is launched.
"""
