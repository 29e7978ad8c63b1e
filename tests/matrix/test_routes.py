"""Route × role: every route, every method, every role has its expected outcome in routes.txt, and gets it.

A route that the table doesn't know fails, and so does a row whose route is gone. How to add one: docs/developers/matrix.md.
"""

import pytest

from tests.matrix import table, world
from tests.matrix.asking import PARAMETER, ask, outcome, routes_of, text_of
from tests.matrix.table import ROLES, Row
from tests.matrix.towns import World
from tests.matrix.walk import METHODS, named, routes

NOT_SERVED = {"login", "confirm", "401", "403", "404", "405"}
STRANGERS = ("anonymous", "charlie", "dave")
# What anybody may see without logging in, and why.
PUBLIC = {
    "/": "where everybody arrives",
    "/.well-known/acme-challenge/<str:token>": "whoever issues certificates asks for what was put there for it",
    "/arrival/": "the installation asks its own address, with a mark that it made: how does what is asked arrive?",
    "/arrival/heard/": "the same, of a body",
    "/arrival/stream/": "the same, of a stream",
    "/api/v1/register/<log>/consistency": "a published log proves itself to anybody",
    "/api/v1/register/<log>/inclusion": "a published log proves itself to anybody",
    "/api/v1/push/shown/<delivery>": "a service worker has no session: it reports what only it could decrypt",
    "/api/v1/push/subscriptions/renewed": "a service worker has no session: its former subscription's secret says who it is",
    "/api/v1/texts/reports/<key>": "a gateway has no session: the key in its address says which it is",
    "/entries/check/": "whoever holds a receipt checks it in their own browser",
    "/map/tiles/": "streets and houses, for whoever says where something is",
    "/manifest.webmanifest": "the authority's name and colour, for a phone's home screen",
    "/at/<slug:slug>/": "an authority's public page",
    "/offline/": "what a phone without a network shows: the authority's name, telephone and hours",
    "/sw.js": "a script like the others, served from the root of the site",
    "/healthz": "well or not; who is not on this machine is told no more",
    "/language/": "one's own language, before log-in too",
    "/login/provider/": "where the button of the identity provider leads",
    "/login/provider/back/": "the way back from it, with what only this browser and we know",
    "/login/provider/out/": "the provider says who left, and signs it",
    "/logout/done/": "back from the provider, where one logged out too",
    "/login/": "the door",
    "/login/factor/": "the door's second step",
    "/login/help/": "who opens accounts and renews passwords",
    "/login/safe/": "the door, by a code of the sheet in the safe",
    "/login/inactive/": "why the door stays shut",
    "/login/passkey/": "the door, by passkey",
    "/logout/": "leads home",
    "/register/<str:log>/checkpoint": "a published log, commitments only: anybody may follow it",
    "/register/<str:log>/end": "a published log: how it was closed",
    "/register/<str:log>/tile/<path:path>": "a published log, commitments only: anybody may follow it",
    "/legal/<slug:slug>/": "who publishes and who hosts: the law says for everybody",
    "/legal/<slug:slug>/accessibility/": "what isn't accessible, and whom to write to: as above",
    "/legal/<slug:slug>/data/": "what is done with data, and whom to ask: as above",
    "/legal/<slug:slug>/data/<slug:record>/": "one of these, on its own: as above",
    "/logo/<slug:slug>/<str:digest>/<str:shape>.png": "the drawing at the head of the authority's pages",
    "/open311/<slug:slug>/discovery.<str:form>": "where another town's program begins",
    "/open311/<slug:slug>/v2/requests.<str:form>": "what anybody may read of reports; to write, a key that isn't a cookie",
    "/open311/<slug:slug>/v2/requests/<str:reference>.<str:form>": "what anybody may read of one",
    "/open311/<slug:slug>/v2/servicerequestupdates.<str:form>": "what became of them: as for requests",
    "/open311/<slug:slug>/v2/services.<str:form>": "what may be reported",
    "/open311/<slug:slug>/v2/services/<str:code>.<str:form>": "and what is asked of it",
    "/open311/<slug:slug>/v2/tokens/<str:token>.<str:form>": "a program's own number of what it reported: nobody guesses one",
    "/places/<slug:slug>/outline.json": "where the authority and its places end: limits of public bodies, for anybody's map",
    "/reports/<slug:slug>/": "what was reported, as the town shows it to anybody",
    "/reports/<slug:slug>/<str:reference>/": "one of these",
    "/parts/<slug:language>/report.html": "words of the page where anybody reports",
    "/reports/<slug:slug>/<str:reference>/tell/": "whoever sees it too says so; an address is asked before it is told",
    "/reports/<slug:slug>/<str:reference>/card/": "the same in a few lines, beside the map",
    "/reports/<slug:slug>/map/": "the list's reports where they stand",
    "/reports/<slug:slug>/points.json": "what that map draws",
    "/reports/<slug:slug>/delays/": "how long they take: the promise is public",
    "/reports/<slug:slug>/feed.atom": "the same, for a program that reads feeds",
    "/reports/photos/<uuid:pk>/<int:version>/<str:size>.jpg": "the photos of these, once staff have checked them",
    "/reports/<slug:slug>/new/": "anybody reports what the authority lets anybody report",
    "/reports/<slug:slug>/things/": "what stands in a few streets and may be picked: where, and what is painted on it",
    "/reports/<slug:slug>/sent/<uuid:submission>/": "what becomes of it, for whoever knows its submission: they made it",
    "/reports/<slug:slug>/similar/": "what is reported close by already, as the town shows it",
    "/video/at/<slug:slug>/": "where cameras are, who is responsible and why: the law says for everybody",
    "/video/at/<slug:slug>/<uuid:site>/": "one of these sites, as its poster's address says",
    "/video/at/<slug:slug>/figures/": "how often cameras were looked at, small figures joined",
    "/video/at/<slug:slug>/ask/": "anybody asks about images of themselves",
    "/video/asked/<str:token>/": "what becomes of it, for whoever has the link: they asked",
    "/reports/desk/<str:token>/": "whoever mends without an account: the link of a letter opens one report to one team",
    "/reports/desk/<str:token>/<slug:answer>/": "and answers in its name",
    "/reports/desk/<str:token>/<uuid:photo>/<int:version>/<str:size>.jpg": "and shows its photos",
    "/reports/<slug:slug>/subscribe/": "value before log-in: the address is asked first whether it is theirs",
    "/reports/subscription/<str:token>/": "whoever is told of new reports without an account: the link says of which",
    "/reports/follow/<str:token>/": "whoever follows without an account: the link of their letter says who",
    "/trust/": "whose phone must trust the town's own authority has no session yet",
    "/trust/beffroi.crt": "the certificate of that authority, public as any",
    "/trust/beffroi.mobileconfig": "the same, as iPhones read it",
    "/trust/beffroi.pem": "the same, as text",
    "/trust/sheet/": "the same, as a sheet for the town hall's wall",
    "/theme/<slug:slug>.css": "the colour at the head of the authority's pages",
    "/welcome/": "whoever was invited types their code: they have no account yet",
    "/welcome/role/": "and takes the role that it offers",
    "/wall/": "a screen that waits shows nothing but its code",
    "/wall/live/": "a screen has no account: its key says which it is, as for the four others",
    "/wall/nonce/": "what a screen's key signs",
    "/wall/session/": "where it is proved",
    "/wall/state/": "what a paired screen shows",
    "/wall/tiles/": "and the ground of its map",
}
# What tells a stranger nothing although it isn't "no such page", and why.
SAME_FOR_ALL = {
    "/account/passkeys/<int:pk>/remove/": "one's own passkeys: first prove again who you are",
    "/account/sessions/<int:pk>/end/": "one's own sessions: nothing happens for anybody else's",
    "/account/passkeys/<int:pk>/rename/": "one's own passkeys: first prove again who you are",
    "/reports/queue.<str:ending>": "one's own list in a file: whose reports stand in it is told by no address",
    "/office/design/<slug:section>/": "how screens look is no town's own",
    "/api/v1/gates/<gate>/response": "what makes no sense is refused before anything is looked up",
    "/api/v1/gates/<gate>/uses/<nonce>/receipt": "a use that nobody made can't be told from one on its way",
}

# Writes without a token: they use no cookie, so that no other site can lend them anybody's.
NO_TOKEN = {
    # The identity provider's own word, which it signs.
    "POST /login/provider/out/": "404",
    # The installation's own questions, with a mark that it signed a moment ago.
    "POST /arrival/": "404",
    "POST /arrival/heard/": "404",
    "POST /arrival/stream/": "404",
    "POST /api/v1/push/shown/<delivery>": "204",
    "POST /api/v1/push/subscriptions/renewed": "422",
    "POST /api/v1/texts/reports/<key>": "404",
}

ROWS = table.rows()
EXPECTED = {(row.method, row.path): row.outcomes for row in ROWS}
# Tried a part at a time.
PARTS = sorted({row.path.split("/")[1] for row in ROWS})


def unknown(town: World, role: str) -> set[str]:
    """Words that the stranger may not read: charlie knows those of his own town."""
    own = set(world.secrets(town.neighbours[0])) if role == "charlie" else set()
    return set(world.secrets(town)) - own


def test_every_route_has_its_rows_and_every_row_its_route() -> None:
    walked = {(method, route.path) for route in routes() for method in route.methods}
    listed = [(row.method, row.path) for row in ROWS]
    assert sorted(walked - set(listed)) == [], "routes without a row in tests/matrix/routes.txt"
    assert sorted(set(listed) - walked) == [], "rows whose route is gone"
    assert len(listed) == len(set(listed)), "a row twice"


@pytest.mark.parametrize("part", PARTS)
def test_each_role_gets_what_the_table_says(part: str, town: World) -> None:
    """The outcome of each role; and whatever page a stranger is served, no word of the town's own things is on it."""
    wrong: dict[str, dict[str, str]] = {}
    told: list[str] = []
    for route in routes_of(part):
        for method in route.methods:
            name, expected = f"{method} {route.path}", EXPECTED[method, route.path]
            responses = {role: ask(town, role, route, method) for role in ROLES}
            differing = {role: outcome(one) for role, one in responses.items() if outcome(one) != expected[role]}
            if differing:
                wrong[name] = differing
            texts = {role: text_of(responses[role]) for role in STRANGERS}
            told += [
                f"{name}, {role}: {word}" for role in STRANGERS for word in unknown(town, role) if word in texts[role]
            ]
    assert wrong == {}, "what they got instead"
    assert told == [], "what strangers could read"


def test_what_is_public_is_named() -> None:
    """By what anybody is served, and by what the views say of themselves: one without the other is a mistake too."""
    served = {row.path for row in ROWS if row.outcomes["anonymous"] not in NOT_SERVED}
    declared = {route.path for route in routes() if route.public}
    assert served | declared == set(PUBLIC)


def test_a_name_leads_to_one_place() -> None:
    """Two parts that call an address alike lead people to the page of whichever was named last."""
    called: dict[str, set[str]] = {}
    for name, path in named():
        called.setdefault(name, set()).add(path)
    assert {name: paths for name, paths in called.items() if len(paths) > 1} == {}


def test_another_authority_s_agent_is_told_nothing_exists() -> None:
    """charlie, asking about a thing of Meaux by its own address, gets "no such page", never "not yours"."""
    told = {
        row.path: row.outcomes["charlie"]
        for row in ROWS
        if PARAMETER.search(row.path) and row.path not in PUBLIC and row.outcomes["charlie"] not in ("404", "405")
    }
    assert sorted(told) == sorted(SAME_FOR_ALL)


@pytest.mark.parametrize("part", PARTS)
def test_no_other_method_is_taken(part: str, town: World) -> None:
    """A form's view takes PUT for POST (Django's own alias): then it gets what POST gets, no more."""
    wrong = {}
    for route in routes_of(part):
        allowed = NOT_SERVED | {
            EXPECTED[name, route.path]["administrator"] for name in ("POST",) if name in route.methods
        }
        for method in (name for name in METHODS if name not in route.methods):
            got = outcome(ask(town, "administrator", route, method))
            if got not in allowed:
                wrong[f"{method} {route.path}"] = got
    assert wrong == {}


@pytest.mark.parametrize("part", PARTS)
def test_every_write_needs_its_token(part: str, town: World) -> None:
    """Without the CSRF token nothing is written, whoever asks, unless no cookie is read either."""
    asked = {
        f"{method} {route.path}": outcome(ask(town, "administrator", route, method, csrf=True))
        for route in routes_of(part)
        for method in route.methods
        if method != "GET"
    }
    tokenless = {name: got for name, got in NO_TOKEN.items() if name in asked}
    assert {name: got for name, got in asked.items() if got != "403"} == tokenless


def test_the_table_refuses_what_it_cannot_mean() -> None:
    for text in ("GET / 200 200", "GET / * 299", f"GET / {'200 ' * (len(ROLES) + 1)}"):
        with pytest.raises(table.TableError):
            table.read(text)
    assert table.read("GET / * 200  # why") == [Row(1, "GET", "/", dict.fromkeys(ROLES, "200"))]
