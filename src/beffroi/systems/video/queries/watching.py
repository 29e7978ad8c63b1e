"""What the page of images knows of a request: how it stands, its tiles, what this browser may present to the relays."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import UUID

from beffroi.kernel.accounts.queries import names
from beffroi.kernel.grants import queries as grants
from beffroi.lib.viewer import Viewer
from beffroi.systems.video.models import Camera, Request, Viewing
from beffroi.systems.video.queries.requests import cameras_of, counting_ends, grant_of
from beffroi.systems.video.rules import COUNTDOWN, MOST_TILES, Standing, standing_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beffroi.kernel.grants.models import Grant

Json = str | int | None | list["Json"] | dict[str, "Json"]


def standing(grant: "Grant", now: datetime) -> Standing:
    """How a request stands."""
    return standing_of(state=grant.state, reason=grant.reason, starts=grant.starts, ends=grant.ends, now=now)


def granted(grant: "Grant") -> timedelta:
    """How long a right lasted: none while it waits, or where it was refused."""
    if grant.state == "waiting" or grant.declined or (grant.closed_at and grant.closed_at <= grant.starts):
        return timedelta()
    return min(grant.closed_at or grant.ends, grant.ends) - grant.starts


def able(grant: "Grant") -> list[Camera]:
    """Those of a right's cameras that can be looked at."""
    return [row for row in cameras_of(grant) if row.relay is not None and row.out_since is None]


def shown(grant: "Grant", wanted: "Sequence[UUID]") -> list[Camera]:
    """Up to four of them: those that the page asks for, else the first."""
    there = able(grant)
    chosen = [row for row in there if row.pk in wanted]
    return (chosen or there)[:MOST_TILES]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Up to four cameras of a right over more, as one page shows them."""

    cameras: tuple[Camera, ...]
    current: bool

    @property
    def query(self) -> str:
        """What the page's address says of them."""
        return urlencode([("camera", str(row.pk)) for row in self.cameras])


@dataclass(frozen=True, slots=True)
class Choosing:
    """Of a right over more cameras than a page shows: the sheets that they make, four by four, and each camera with whether it is shown."""

    sheets: tuple[Sheet, ...]
    cameras: tuple[tuple[Camera, bool], ...]

    @property
    def following(self) -> Sheet:
        """The sheet after the one that is shown, and after the last the first; of cameras picked one by one, the first."""
        at = next((at for at, sheet in enumerate(self.sheets) if sheet.current), -1)
        return self.sheets[(at + 1) % len(self.sheets)]


def choosing(grant: "Grant", wanted: "Sequence[UUID]") -> Choosing | None:
    """None where one page shows them all."""
    there, now = able(grant), shown(grant, wanted)
    if len(there) <= MOST_TILES:
        return None
    parts = [tuple(there[at : at + MOST_TILES]) for at in range(0, len(there), MOST_TILES)]
    return Choosing(
        tuple(Sheet(part, current=list(part) == now) for part in parts), tuple((row, row in now) for row in there)
    )


def relays_of(viewer: Viewer, request: Request, wanted: "Sequence[UUID]") -> list[str]:
    """The addresses of the relays that the page of a request speaks with."""
    grant = grant_of(viewer, request)
    return [row.relay.address for row in shown(grant, wanted) if row.relay] if grant else []


def facts(request: Request, grant: "Grant", *, wanted: "Sequence[UUID]", now: datetime) -> dict[str, Json]:
    """What the player reads, as docs/developers/islands.md says; for the holder alone."""
    state = standing(grant, now)
    asking = state is Standing.OPEN
    closes = counting_ends(request, COUNTDOWN) if asking else None
    return {
        "now": now.isoformat(),
        "authority": str(request.authority_id),
        "roots": [dict(root.jwk) for root in grants.roots(request.authority_id)],
        "keyset": grants.current_keyset(request.authority_id),
        "grant": str(grant.pk),
        "state": state.value,
        "reason": grant.declined or grant.reason or ("expired" if state is Standing.OVER else ""),
        "thumbprint": grant.key.thumbprint if grant.key else "",
        "asks": request.asks_at.isoformat() if asking and request.asks_at else None,
        "closes": closes.isoformat() if closes else None,
        "tiles": [_tile(row, grant, state) for row in shown(grant, wanted)],
    }


def _tile(camera: Camera, grant: "Grant", state: Standing) -> Json:
    relay = camera.relay
    if relay is None:
        raise LookupError("a tile is of a camera with a relay")
    return {
        "gate": str(camera.pk),
        "name": f"{camera.number} · {camera.name}",
        "relay": {"id": str(relay.device_id), "address": relay.address},
        "authority": str(camera.authority_id),
        "chain": grant.token if state is Standing.OPEN else "",
        "purpose": grants.purpose_label(grant),
        "holder": names([grant.holder_id]).get(grant.holder_id, ""),
        "service": grant.receiving.name if grant.receiving else grant.organisation.name,
        # An owner's yes is awaited: the time granted runs from then on.
        "ends": None if grant.state == "waiting" else grant.ends.isoformat(),
    }


def own_viewing(viewer: Viewer, nonce: str) -> Viewing | None:
    """The viewer's own look of that use."""
    rows = Viewing.objects.filter(person=viewer.person, nonce=nonce, admitted=True)
    return rows.select_related("camera", "request").order_by("-started").first()
