"""All that a screen shows at one moment, as its viewer may see it."""

from typing import Final

from beffroi.kernel.alerts.queries.alerts import described, in_order, live_counts, visible_alerts
from beffroi.lib.viewer import Viewer
from beffroi.persistence import feeds, layers

FEED: Final = 60
# More alerts than anybody reads: the page of alerts has them all.
MOST: Final = 300


def state_of(viewer: Viewer) -> dict[str, object]:
    """Layers with their things, alerts that are not over, what happened lately."""
    return {
        "layers": [
            {
                "code": layer.code,
                "topic": layer.topic,
                "things": [layers.described(one) for one in layer.features(viewer, None)],
            }
            for layer in layers.layers_of(viewer)
        ],
        "alerts": _alerts(viewer),
        "waiting": live_counts(visible_alerts(viewer))["untaken"],
        "feeds": [feed.topic for feed in feeds.FEEDS.values()],
        "feed": [feeds.described(one) for one in feeds.latest(viewer, FEED)],
    }


def _alerts(viewer: Viewer) -> dict[str, dict[str, object]]:
    """The gravest that are live, and the latest that are over, for the feed."""
    rows = visible_alerts(viewer)
    live, over = in_order(rows, "")[:MOST], in_order(rows, "ended")[:FEED]
    return {str(alert): thing for alert, thing in described(viewer, [*live, *over]).items()}
