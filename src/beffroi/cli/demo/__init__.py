"""`beffroi demo`: Meaux with 80 connected cabinets on this machine, a residence's cameras, people to be, and seven things to try.

Everything runs as in a town; only the metal of the locks and what cameras see are simulated, in processes that speak
the real protocols.
"""

from beffroi.cli.demo.run import add_arguments, run

__all__ = ["add_arguments", "run"]
