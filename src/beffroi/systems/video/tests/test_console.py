"""Whoever keeps watch sees on the console which cameras are looked at now, and why; what they may not know is not there."""

from uuid import UUID, uuid4

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Post, Role, Viewer
from beffroi.systems.video.queries.console import lately
from beffroi.systems.video.tests.scene import Scene, client


def screen_of(authority: UUID) -> Viewer:
    """A wall screen of an authority: it is nobody."""
    return Viewer(
        person=None, posts=(Post(uuid4(), Role.OPERATOR, authority),), conventions=frozenset(), as_of=utc_now()
    )


def shown(person: Person) -> tuple[list[str], list[str]]:
    """What the map says of each site, and the feed of each look."""
    state = client(person).get("/console/state/").json()
    sites = [thing["state"] for layer in state["layers"] if layer["code"] == "video" for thing in layer["things"]]
    return sites, [one["words"] for one in state["feed"] if "/video/" in one["href"]]


def test_cameras_looked_at_now_are_on_the_map_and_in_the_feed_with_their_reason(scene: Scene) -> None:
    watch = make_member("Ada", scene.here.town.authority.organisation, Role.OPERATOR)
    request = scene.ask()
    scene.mint()
    assert shown(watch) == (["3 cameras"], [])
    scene.tell(scene.looks(request), scene.looks(request, nonce="B" * 21 + "A", camera=scene.here.cameras[1].pk))
    sites, feed = shown(watch)
    assert sites == ["2 cameras are looked at: Vols dans les parties communes"]
    told = "Résidence du Pont, camera 1 is looked at (Police de charenton): Vols dans les parties communes"
    assert told in feed
    assert scene.here.bob.name not in " ".join(feed)
    scene.tell(scene.leaves(lasted=125_000))
    sites, feed = shown(watch)
    assert sites == ["1 camera is looked at: Vols dans les parties communes"]
    over = (
        "Résidence du Pont, camera 1 was looked at for 2 minutes (Police de charenton): Vols dans les parties communes"
    )
    assert (over in feed, told in feed) == (True, False)


def test_what_is_out_of_service_is_said_beside_it(scene: Scene) -> None:
    watch = make_member("Ada", scene.here.town.authority.organisation, Role.OPERATOR)
    request = scene.ask()
    scene.mint()
    scene.tell(scene.looks(request))
    client(scene.here.administrator).post(f"/video/cameras/{scene.here.cameras[2].pk}/service/", {"act": "out"})
    sites, _feed = shown(watch)
    assert sites == ["1 camera is looked at: Vols dans les parties communes · 1 camera out of service"]


def test_a_neighbour_and_a_screen_of_another_town_learn_nothing(scene: Scene) -> None:
    refused = scene.lent.device.write(
        "use-refused",
        at=int(utc_now().timestamp()),
        action="view",
        reason="expired",
        transport="network",
        gate=str(scene.here.cameras[0].pk),
    )
    scene.tell(refused)
    provins = make_authority("provins", "Provins")
    assert shown(make_member("Ines", provins.organisation, Role.OPERATOR)) == ([], [])
    assert lately(screen_of(provins.id), None, 10) == []
    (told,) = lately(screen_of(scene.here.town.authority.id), None, 10)
    assert "a look was refused: the time was over" in told.words
