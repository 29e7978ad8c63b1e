"""What rows of the matrix are asked about: the values of parameters, queries and bodies, and the words that strangers may not read.

Who looks, and the towns themselves, are in tests/matrix/towns.py.
"""

import json
from collections.abc import Callable
from uuid import uuid4

from beffroi.kernel.alerts.models import Closing
from beffroi.kernel.contacts.models import Contact, OwnModel
from beffroi.kernel.grants.models import Designation
from beffroi.kernel.territory.models import Invitation, Membership, Outline, OutlineFile
from beffroi.kernel.territory.queries.outlines import root_of
from beffroi.protocol.v1.frames import ChallengeRequest, encode_frame
from beffroi.systems.cabinets.rules import SYSTEM, Alarm, Ladder
from beffroi.systems.reports.models import (
    Asset,
    Batch,
    Errand,
    Follower,
    Photo,
    Question,
    Round,
    Server,
    Stop,
    Subscription,
    Team,
    Way,
    Wording,
)
from beffroi.systems.reports.queries.errands import errand_token
from beffroi.systems.reports.queries.following import token_of
from beffroi.systems.reports.queries.subscriptions import token_of as subscription_token
from beffroi.systems.video.models import AccessRequest, Camera, Relay, Request, Site
from beffroi.systems.video.queries.access import token_of as asked_token
from tests.matrix.things import DRAFT, NAMED, NONCE
from tests.matrix.towns import World
from tests.matrix.watch import NIGHTS, WALL

LOGO = "0123456789abcdef"

Parameter = Callable[[World], object]


def errand_of_team(world: World) -> Errand:
    """What the authority's own team was written of, and has in charge."""
    return Errand.objects.get(authority=world.authority.pk, ended_at=None)


# What stands in an address, by the name of its parameter; a route that means something else by it has its own line below.
BY_NAME: dict[str, Parameter] = {
    "language": lambda _: "fr",
    "slug": lambda world: world.authority.slug,
    "section": lambda _: "buttons",
    "importer": lambda _: "cabinets",
    "chart": lambda _: "uses",
    "system": lambda _: SYSTEM,
    "record": lambda _: "accounts",
    "step": lambda _: "witness",
    "part": lambda _: "contact",
    "digest": lambda _: LOGO,
    "shape": lambda _: "wide",
    "code": lambda world: world.cabinet.code,
    "layer": lambda _: SYSTEM,
    "gate": lambda world: world.cabinet.lock_id,
    "nonce": lambda _: NONCE,
    "designation": lambda world: Designation.objects.get(authority=world.authority.pk).pk,
    "log": lambda world: world.authority.pk,
    "path": lambda _: "0/000",
    "alert": lambda world: world.watched.alert,
    "kind": lambda _: Alarm.FORCED.value,
    "line": lambda world: world.watched.line,
    "figure": lambda _: "came",
    "slot": lambda world: world.watched.slot,
    "exchange": lambda world: world.watched.exchange,
    "authority": lambda world: world.authority.pk,
    "said": lambda world: world.report.lines.latest("at").pk,
    "rule": lambda _: "cabinets.uses",
    "reference": lambda world: world.report.reference,
    "submission": lambda world: world.report.submission,
    "form": lambda _: "xml",
    "ending": lambda _: "csv",
    "deed": lambda _: "stage",
    "done": lambda _: "skip",
    "stop": lambda world: Stop.objects.get(authority=world.authority.pk).pk,
    "organisation": lambda world: world.report.organisation_id,
    "answer": lambda _: "taken",
    "taken": lambda _: "mark",
    "person": lambda world: world.people["alice"].pk,
    "photo": lambda world: Photo.objects.get(report=errand_of_team(world).report_id).pk,
    "version": lambda _: 0,
    "size": lambda _: "thumb",
    "site": lambda world: Site.objects.get(authority=world.authority).pk,
    "act": lambda world: Outline.objects.get(authority=world.authority).set_in,
}
BY_PREFIX: dict[str, Parameter] = {
    "/account/passkeys/": lambda _: 1,  # nobody's
    "/account/sessions/": lambda _: 1,  # nobody's
    "/told/audiences/": lambda world: world.watched.audience,
    "/told/rosters/": lambda world: world.watched.roster,
    "/alerts/preferences/": lambda world: world.authority.organisation_id,
    "/alerts/contacts/": lambda _: uuid4(),
    "/told/programs/": lambda _: uuid4(),
    "/alerts/": lambda world: world.watched.alert,
    "/cabinets/": lambda world: world.cabinet.pk,
    "/console/alerts/": lambda world: world.watched.alert,
    "/console/things/": lambda world: world.cabinet.pk,
    "/conventions/drafts/": lambda world: world.draft,
    "/conventions/<uuid:pk>/staff/": lambda world: Request.objects.get(authority=world.authority.pk).convention,
    "/conventions/": lambda world: world.convention.pk,
    "/entries/": lambda world: world.use.entry,
    "/devices/": lambda world: world.cabinet.lock_id,
    "/contacts/models/": lambda world: OwnModel.objects.get(authority=world.authority.pk).pk,
    "/contacts/": lambda world: Contact.objects.get(authority=world.authority.pk).pk,
    "/places/<slug:slug>/files/": lambda world: OutlineFile.objects.get(authority=world.authority).pk,
    "/places/": lambda world: root_of(world.authority.pk).pk,
    "/orders/": lambda world: world.order,
    "/reports/things/": lambda world: Asset.objects.get(authority=world.authority.pk).pk,
    "/reports/teams/": lambda world: Team.objects.get(authority=world.authority.pk).pk,
    "/reports/photos/": lambda world: Photo.objects.get(report=world.report.pk).pk,
    "/reports/desk/": lambda world: errand_token(errand_of_team(world)),
    "/reports/subscription/": lambda world: subscription_token(Subscription.objects.get(authority=world.authority.pk)),
    "/reports/follow/": lambda world: token_of(Follower.objects.get(report=world.report.pk)),
    "/reports/queue/batch/": lambda world: Batch.objects.get(authority=world.authority.pk).pk,
    "/reports/rounds/": lambda world: Round.objects.get(authority=world.authority.pk).pk,
    "/reports/": lambda world: world.report.pk,
    "/settings/<slug:slug>/reports/categories/": lambda world: world.report.category_id,
    "/settings/<slug:slug>/reports/teams/": lambda world: Team.objects.get(authority=world.authority.pk).pk,
    "/settings/<slug:slug>/reports/wordings/": lambda world: Wording.objects.get(authority=world.authority.pk).pk,
    "/settings/<slug:slug>/reports/things/": lambda world: Asset.objects.get(authority=world.authority.pk).pk,
    "/settings/<slug:slug>/reports/questions/": lambda world: Question.objects.get(authority=world.authority.pk).pk,
    "/settings/<slug:slug>/reports/servers/": lambda world: Server.objects.get(authority=world.authority.pk).pk,
    "/settings/<slug:slug>/reports/ways/": lambda world: Way.objects.get(authority=world.authority.pk).pk,
    "/retention/slips/": lambda world: world.slip,
    "/screens/": lambda world: world.watched.screen,
    "/team/": lambda world: world.technician.pk,
    "/organisations/": lambda world: world.authority.organisation_id,
    "/people/": lambda world: world.people["alice"].pk,
    "/roles/": lambda world: Membership.objects.get(person=world.people["alice"].pk).pk,
    "/invitations/": lambda world: Invitation.objects.get(organisation=world.authority.organisation_id).pk,
    "/video/sites/": lambda world: Site.objects.get(authority=world.authority).pk,
    "/video/cameras/": lambda world: Camera.objects.get(authority=world.authority).pk,
    "/video/requests/": lambda world: Request.objects.get(authority=world.authority).pk,
    "/video/relays/": lambda world: Relay.objects.get(authority=world.authority).pk,
    "/video/access/": lambda world: AccessRequest.objects.get(authority=world.authority).pk,
    "/video/asked/": lambda world: asked_token(AccessRequest.objects.get(authority=world.authority)),
    "/uses/": lambda world: world.use.pk,
}

# What is asked with, where an empty form or document would say nothing of who may do it: path → fields.
BODIES: dict[str, Callable[[World], dict[str, object]]] = {
    "/api/v1/gates/<gate>/challenge": lambda world: {
        "frame": json.loads(encode_frame(ChallengeRequest(version=1, gate=str(world.cabinet.lock_id))))
    },
    "/api/v1/alerts/<alert>/close": lambda _: {"reason": next(iter(Closing)).value},
    "/reports/rounds/<uuid:pk>/order/": lambda _: {"act": "best"},
    "/cabinets/<uuid:pk>/ladder/": lambda _: {"ladder": Ladder.IDENTIFY.value},
}
EMPTY_FORM = {"sent": "with nothing filled in"}
QUERIES: dict[str, Callable[[World], dict[str, str]]] = {
    "/api/v1/register/<log>/consistency": lambda _: {"old": "1", "new": "2"},
    "/api/v1/register/<log>/inclusion": lambda _: {"index": "0", "size": "1"},
    "/c/": lambda world: {"code": world.cabinet.code},
    "/api/v1/holder/grants": lambda world: {"gate": str(world.cabinet.lock_id)},
}


def parameter(world: World, path: str, name: str) -> object:
    """The value of one parameter of a route's address."""
    if name in BY_NAME:
        return BY_NAME[name](world)
    return next((value for prefix, value in BY_PREFIX.items() if path.startswith(prefix)), lambda _: uuid4())(world)


def query(world: World, path: str) -> dict[str, str]:
    """What a GET of the route asks with."""
    return QUERIES[path](world) if path in QUERIES else {}


def body(world: World, path: str, *, api: bool) -> dict[str, object]:
    """What a write to the route sends."""
    if path in BODIES:
        return BODIES[path](world)
    return {} if api else dict(EMPTY_FORM)


def private(world: World) -> list[str]:
    """Words that nobody of another authority reads: of its people and its things. Firms are in the installation's directory."""
    return [
        *world.ground.names,
        world.ground.reference,
        world.ground.address,
        world.convention.title,
        *(f"{name}, {world.ground.name}" for name in (DRAFT, NIGHTS, WALL)),
    ]


def secrets(world: World) -> list[str]:
    """Words that only the authority's own people, and its partners in force, may read anywhere."""
    return [
        world.ground.reference,
        world.ground.address,
        world.ground.gone,
        world.partner.name,
        world.convention.title,
        DRAFT,
        "Tom Vasseur",
        "Bob Garnier",
        NIGHTS,
        WALL,
        NAMED,
    ]
