"""HTTPS as people meet it: how plain HTTP leads to it, whom to trust, what a proxy passes on, what ails a certificate."""
