"""`beffroi street`: the demonstration's street, on loopback, and the people who work in the other cabinets."""

import argparse
import random
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from beffroi.cli.web import GRACE

if TYPE_CHECKING:
    from beffroi.simulator.street.plan import Worker


SHUT_WITHIN = 0.6  # seconds: a door that is open when the demonstration stops


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the demonstration tells it, and its port."""
    parser.add_argument("plan", type=Path, metavar="PLAN", help="the file that says which locks stand in the street")
    parser.add_argument("port", type=int, metavar="PORT", help="where its page listens, on this machine only")


def run(args: argparse.Namespace) -> int:
    """Serves until SIGINT or SIGTERM."""
    import uvicorn  # noqa: PLC0415 - only servers need it

    from beffroi.simulator.browser import Browser  # noqa: PLC0415 - as above
    from beffroi.simulator.life.crew import Planner, Technician  # noqa: PLC0415 - as above
    from beffroi.simulator.life.day import Day, at_work  # noqa: PLC0415 - as above
    from beffroi.simulator.mailbox import Mailbox, MailServer  # noqa: PLC0415 - as above
    from beffroi.simulator.street.page import Street, application  # noqa: PLC0415 - as above
    from beffroi.simulator.street.plan import Plan  # noqa: PLC0415 - as above

    plan = Plan.read(args.plan)
    over = threading.Event()

    def browser(worker: "Worker") -> Browser:
        return Browser(plan.town, worker.email, worker.password)

    planner = Planner(browser(plan.planner))
    helper, *technicians = (
        Technician(each.name, browser(each), planner, over.wait) for each in (plan.helper, *plan.technicians)
    )
    work = None
    if plan.stands:
        chance = random.Random()  # noqa: S311 - which cabinet is next is no secret
        day = Day(technicians, plan.stands, chance, over.wait, _say, at_work=at_work(plan.pace))
        work = threading.Thread(target=day.run, name="day", daemon=True)
        work.start()
    mailbox = Mailbox()
    MailServer(plan.mail, mailbox).start()
    uvicorn.run(
        application(Street(plan, helper, mailbox)),
        host="127.0.0.1",
        port=args.port,
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
    )
    over.set()
    if work is not None:
        work.join(SHUT_WITHIN)
    return 0


def _say(text: str) -> None:
    print(text, flush=True)
