"""A technician and the desk that gives the orders: none outlives the work, whatever becomes of the server's answers."""

import threading

import pytest

from beffroi.simulator.browser import AwayError, Browser
from beffroi.simulator.life.crew import Planner, Technician


class Desk(Planner):
    """Hears that an order is over, but for the troubles that are given, first come first served."""

    def __init__(self, *troubles: Exception) -> None:
        super().__init__(Browser("http://127.0.0.1:1", "planning@b.example", "-"))
        self.troubles = list(troubles)
        self.closed: list[str] = []

    def close(self, order: str) -> None:
        if self.troubles:
            raise self.troubles.pop(0)
        self.closed.append(order)


def test_an_order_whose_end_could_not_be_told_is_ended_the_next_time() -> None:
    desk, nowhere = Desk(AwayError("/orders/1/close/: 502")), Browser("http://127.0.0.1:1", "sarah@b.example", "-")
    sarah = Technician("Sarah Petit", nowhere, desk, threading.Event().wait, _order="/orders/1/")
    with pytest.raises(AwayError):
        sarah.done()
    assert desk.closed == []
    sarah.done()
    sarah.done()
    assert desk.closed == ["/orders/1/"]
