"""All that a screen shows at one moment, as its viewer may see it."""

from typing import Final

from django.db.models import Count, Q, Window

from beffroi.kernel.alerts.queries.alerts import described, in_order, visible_alerts
from beffroi.lib.clock import Clock
from beffroi.lib.viewer import Viewer
from beffroi.persistence import feeds, layers

FEED: Final = 60
# More alerts than anybody reads: the page of alerts has them all.
MOST: Final = 300


def state_of(viewer: Viewer, clock: Clock) -> dict[str, object]:
    """Layers with their things, alerts that are not over, what happened lately.

    `waiting` counts every alert that waits, also beyond those given, as of `as_of`: one that is raised later is in neither.
    """
    alerts, waiting = _alerts(viewer)
    return {
        "alerts": alerts,
        "waiting": waiting,
        "as_of": clock().isoformat(),
        "layers": [
            {
                "code": layer.code,
                "topic": layer.topic,
                "around": layer.by_streets,
                "things": [layers.described(one) for one in layer.features(viewer, None)],
            }
            for layer in layers.layers_of(viewer)
        ],
        "feeds": [feed.topic for feed in feeds.FEEDS.values()],
        "feed": [feeds.described(one) for one in feeds.latest(viewer, FEED)],
    }


def _alerts(viewer: Viewer) -> tuple[dict[str, dict[str, object]], int]:
    """The gravest that are live, and the latest that are over, for the feed; and how many wait.

    These and their number are one statement: one that comes between two would be counted and told as new.
    """
    rows = visible_alerts(viewer)
    untaken = Window(Count("id", filter=Q(taken_at__isnull=True)))
    live = list(in_order(rows, "").annotate(untaken=untaken)[:MOST])
    over = in_order(rows, "ended")[:FEED]
    found = {str(alert): thing for alert, thing in described(viewer, [*live, *over]).items()}
    return found, live[0].untaken if live else 0
