"""`beffroi demo`: Meaux with 80 connected cabinets on this machine, people to be, and five things to try.

Everything runs as in a town; only the metal of the locks is simulated, in processes that speak the real protocol.
"""

from beffroi.cli.demo.run import add_arguments, run

__all__ = ["add_arguments", "run"]
