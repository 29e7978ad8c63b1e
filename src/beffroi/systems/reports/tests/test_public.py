"""What inhabitants see of reports, through the front door: no name, no held word, no unchecked photo, no private kind."""

import re
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import uuid4
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from django.utils.timezone import localtime

from beffroi.kernel.accounts.factories import make_person
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.systems.reports import jobs
from beffroi.systems.reports.actions.handling import (
    Said,
    mend_report,
    merge_report,
    say_of_report,
)
from beffroi.systems.reports.actions.making import Taken, Told, make_report
from beffroi.systems.reports.actions.photos import claim_photos, decide_photo, keep_encoded
from beffroi.systems.reports.actions.settings import keep_category
from beffroi.systems.reports.factories import HERE, make_category, reported, switched_on
from beffroi.systems.reports.models import Category, Follower, Letter, Line, Photo, Report
from beffroi.systems.reports.queries.following import token_of
from beffroi.systems.reports.rules import Source, Stage

pytestmark = pytest.mark.usefixtures("own_database")
NOW = utc_now()
HOUR = timedelta(hours=1)
NORA = "nora@exemple.fr"
ATOM = "{http://www.w3.org/2005/Atom}"


def town(slug: str = "meaux") -> Authority:
    authority = make_authority(slug)
    switched_on(authority.pk)
    return authority


def kind(label: str = "Nid-de-poule", *, public: bool = True) -> Category:
    return make_category(town().pk, label, public=public)


def visitor(person: object = None) -> Client:
    client = Client(headers={"accept-language": "en"})
    if person is not None:
        client.force_login(person)  # type: ignore[arg-type]  # a person of the factories
    return client


def page_of(report: Report) -> str:
    return f"/reports/meaux/{report.reference}/"


def read(address: str, client: Client | None = None) -> str:
    answer = (client or visitor()).get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def link_of(report: Report, email: str = NORA) -> str:
    return f"/reports/follow/{token_of(Follower.objects.get(report=report, email=email))}/"


def fresh(report: Report) -> Report:
    return Report.objects.select_related("category").get(pk=report.pk)


def test_nobody_reads_who_reported_what_is_held_or_what_is_private() -> None:
    category = kind()
    alice = make_member("Alice Perrin", category.authority.organisation, Role.AGENT)
    author = make_person("Odile Garnier", email="odile@exemple.fr")
    report = reported(category, text="Devant chez Madame Michu", author=author.pk, now=NOW)
    say_of_report(report=report, said=Said("Rappeler au 06 12 34 56 78"), staff=False, by=author.pk, now=NOW)
    say_of_report(report=report, said=Said("Devis trop cher", public=False), staff=True, by=alice.pk, now=NOW)
    say_of_report(report=report, said=Said("Nous passons lundi."), staff=True, by=alice.pk, now=NOW)
    reported(make_category(category.authority_id, "Dépôt privé", public=False), text="Chez le maire", now=NOW)
    for address in ("/reports/meaux/", page_of(report), "/reports/meaux/feed.atom", "/reports/meaux/delays/"):
        page = read(address)
        for word in ("Garnier", "odile@", "Michu", "06 12", "Devis", "Perrin", "Dépôt privé", "Chez le maire"):
            assert word not in page, (address, word)
    assert "Nous passons lundi." in read(page_of(report))


def test_private_unknown_and_others_are_the_same_no_such_page() -> None:
    category = kind()
    report = reported(category, now=NOW)
    private = reported(make_category(category.authority_id, "Dépôt privé", public=False), now=NOW)
    joined = reported(category, now=NOW)
    merge_report(report=joined, into=report, by=None, now=NOW)
    make_authority("provins")
    year = f"{NOW:%y}"
    for address in (
        page_of(private),
        f"/reports/meaux/{year}-999999/",
        f"/reports/meaux/00-{report.number:06d}/",
        f"/reports/meaux/{report.number}/",
        f"/reports/meaux/{year}-99999999999999/",
        "/reports/meaux/nothing/",
        "/reports/provins/",
        f"/reports/provins/{report.reference}/",
        "/reports/nowhere/",
        "/reports/follow/nonsense/",
        f"/reports/follow/{uuid4()}.forged/",
    ):
        assert visitor().get(address).status_code == 404, address
    answer = visitor().get(page_of(joined))
    assert (answer.status_code, answer["Location"]) == (302, page_of(report))


def test_a_photo_is_shown_once_it_was_checked() -> None:
    category = kind()
    photo = uuid4()
    report, _new = make_report(
        authority=category.authority_id,
        submission=uuid4(),
        told=Told(category=category.pk, position=HERE),
        photos=[Taken(photo)],
        source=Source.POCKET,
        author=None,
        by=None,
        now=NOW,
    )
    assert str(photo) not in read(page_of(report)) + read("/reports/meaux/")
    claim_photos(now=NOW, most=1)
    keep_encoded(photo=photo, attempt=1, width=800, height=600, taken_at=None, position=None)
    assert str(photo) not in read(page_of(report)) + read("/reports/meaux/")
    decide_photo(photo=Photo.objects.get(pk=photo), shown=True, areas=[], made=None, by=None, now=NOW)
    for page in (read(page_of(report)), read("/reports/meaux/")):
        assert f"/reports/photos/{photo}/0/thumb.jpg" in page


def test_the_list_is_looked_through_and_cut_by_the_server() -> None:
    category = kind()
    lamps = make_category(category.authority_id, "Lampadaire")
    for number in range(30):
        reported(category if number % 3 else lamps, text=f"Numéro {number}.", now=NOW + timedelta(seconds=number))
    page = read("/reports/meaux/")
    assert page.count("list-item") == 24
    assert "Numéro 29." in page
    assert "Numéro 5." not in page
    assert "Numéro 5." in read("/reports/meaux/?page=2")
    some = read(f"/reports/meaux/?category={lamps.code}")
    assert some.count("list-item") == 10
    assert read(f"/reports/meaux/?stage=done&category={lamps.code}").count("list-item") == 0
    assert "No report matches." in read("/reports/meaux/?stage=done")
    assert read("/reports/meaux/?stage=merged&category=%27--").count("list-item") == 24


def test_the_feed_is_atom_and_takes_the_same_filters() -> None:
    category = kind()
    lamps = make_category(category.authority_id, "Lampadaire")
    reported(category, now=NOW)
    lamp = reported(lamps, text="Éteint \x0b<b>depuis</b> lundi", now=NOW)  # of which XML can't hold a part
    answer = visitor().get(f"/reports/meaux/feed.atom?category={lamps.code}")
    assert answer["Content-Type"].startswith("application/atom+xml")
    feed = ET.fromstring(answer.content)  # noqa: S314 - our own answer
    (entry,) = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}id") == f"urn:uuid:{lamp.pk}"
    link = entry.find(f"{ATOM}link")
    assert link is not None
    assert urlsplit(link.attrib["href"]).path == page_of(lamp)
    assert "Éteint <b>depuis</b> lundi" in str(entry.findtext(f"{ATOM}summary"))
    assert len(feed.findall(f"{ATOM}entry")) == 1


def test_delays_are_public_for_five_of_a_kind_and_count_what_waits() -> None:
    category = make_category(town().pk, hours=24)  # 48 hours are told whatever is promised
    few = make_category(category.authority_id, "Banc cassé")
    begun = NOW - timedelta(days=30)
    for hours in (10, 20, 30, 60):
        report = reported(category, now=begun)
        mend_report(report=report, said=Said("Fait."), by=None, now=begun + timedelta(hours=hours))
    assert "<strong>" not in read("/reports/meaux/delays/")
    reported(category, now=begun)  # still open, thirty days after
    reported(category, now=NOW)  # its time hasn't passed
    for _number in range(4):
        reported(few, now=begun)
    page = read("/reports/meaux/delays/")
    shares = "40 of 100 handled in time, 60 of 100 within 48 hours; half of them within 30 h"
    assert f"<strong>Nid-de-poule</strong>: {shares}" in page
    assert "Banc cassé" not in page


def test_whoever_has_no_account_is_asked_first_and_follows_by_their_link() -> None:
    report = reported(kind(), now=NOW)
    answer = visitor().post(f"{page_of(report)}tell/", {"act": "too", "email": "not an address"})
    assert answer.status_code == 422
    assert "not an address" in answer.content.decode()
    answer = visitor().post(f"{page_of(report)}tell/", {"act": "too", "email": NORA.upper()}, follow=True)
    assert "open its link to confirm" in answer.content.decode()
    assert "sees it too" not in read(page_of(report))
    (letter,) = jobs.claim(utc_now(), 9)
    path = re.search(r"(/reports/follow/\S+)", letter.text)
    assert path is not None
    page = visitor().get(path[1])
    assert page["Referrer-Policy"] == "same-origin"
    assert "noindex" in page["X-Robots-Tag"]
    assert "no-store" in page["Cache-Control"]
    assert NORA not in page.content.decode()
    # A program that opens links has confirmed nothing.
    assert Follower.objects.get().confirmed_at is None
    visitor().post(path[1], {"act": "take-up"})
    assert "1 other person sees it too." in read(page_of(report))
    visitor().post(path[1], {"act": "stop"})
    assert Follower.objects.get().stopped_at is not None
    assert "Tell me again" in read(path[1])


def test_a_link_opens_one_follower_s_page_and_no_other() -> None:
    report = reported(kind(), email=NORA, now=NOW)
    visitor().post(f"{page_of(report)}tell/", {"act": "tell", "email": "karim@exemple.fr"})
    link = link_of(report)
    assert "karim@" not in read(link)
    visitor().post(link, {"act": "stop"})
    stopped = Follower.objects.filter(stopped_at__isnull=False).values_list("email", flat=True)
    assert list(stopped) == [NORA]
    token, _dot, signature = link.split("/")[3].partition(".")
    other = link_of(report, "karim@exemple.fr").split("/")[3].partition(".")[0]
    assert visitor().get(f"/reports/follow/{other}.{signature}/").status_code == 404
    assert visitor().get(f"/reports/follow/{token}/").status_code == 404


def test_an_account_follows_by_one_button_and_stops_by_another() -> None:
    report = reported(kind(), now=NOW)
    person = make_person("Odile Garnier")
    client = visitor(person)
    assert 'type="email"' not in read(page_of(report), client)
    client.post(f"{page_of(report)}tell/", {"act": "too"})
    assert Follower.objects.get().person_id == person.pk
    assert "You see it too." in read(page_of(report), client)
    client.post(f"{page_of(report)}tell/", {"act": "stop"})
    assert Follower.objects.get().stopped_at is not None
    assert Letter.objects.count() == 0


def test_one_address_of_the_network_does_not_send_letters_without_end() -> None:
    report = reported(kind(), now=NOW)
    codes = [
        visitor().post(f"{page_of(report)}tell/", {"act": "tell", "email": f"n{number}@exemple.fr"}).status_code
        for number in range(11)
    ]
    assert codes == [302] * 10 + [429]


def test_its_author_opens_it_again_and_others_are_heard() -> None:
    report = reported(kind(), email=NORA, now=NOW)
    visitor().post(f"{page_of(report)}tell/", {"act": "tell", "email": "karim@exemple.fr"})
    for email in (NORA, "karim@exemple.fr"):
        visitor().post(link_of(report, email), {"act": "take-up"})
    assert visitor().post(link_of(report), {"act": "answer", "mended": "no"}).status_code == 302
    mend_report(report=report, said=Said("Fait."), by=None, now=utc_now())
    others = link_of(report, "karim@exemple.fr")
    assert "Is it mended?" in read(f"{others}?mended=no")
    assert visitor().post(others, {"act": "answer"}).status_code == 422
    visitor().post(others, {"act": "answer", "mended": "no", "text": "Le trou est là, chez Madame Michu"})
    visitor().post(others, {"act": "answer", "mended": "yes", "text": ""})  # once only
    assert fresh(report).stage == Stage.DONE
    assert list(Line.objects.filter(kind__startswith="seen").values_list("kind", "public")) == [("seen-broken", False)]
    answer = visitor().post(
        link_of(report), {"act": "answer", "mended": "no", "text": "Rappelez-moi au 06 12 34 56 78"}, follow=True
    )
    assert "The report is open again." in answer.content.decode()
    row = fresh(report)
    assert (row.stage, row.due_at) == (Stage.ACKNOWLEDGED, report.due_at)
    assert "06 12" not in read(page_of(report)) + read(link_of(report))
    assert localtime(row.due_at) == localtime(report.due_at)


def test_a_private_report_is_followed_by_its_author_s_link_alone() -> None:
    report = reported(kind("Dépôt privé", public=False), email=NORA, now=NOW)
    assert visitor().post(f"{page_of(report)}tell/", {"act": "tell", "email": "karim@exemple.fr"}).status_code == 404
    page = read(link_of(report))
    assert report.reference in page
    assert page_of(report) not in page


def test_a_kind_that_becomes_private_takes_its_reports_along() -> None:
    category = kind()
    report = reported(category, now=NOW)
    assert report.reference in read("/reports/meaux/")
    category.public = False
    keep_category(category=category, promises={}, by=None, now=NOW)
    assert report.reference not in read("/reports/meaux/")
    assert visitor().get(page_of(report)).status_code == 404


def test_the_town_s_public_page_leads_here_where_reports_are_taken() -> None:
    town()
    assert 'href="/reports/meaux/"' in read("/at/meaux/")
    make_authority("provins")
    assert "/reports/provins/" not in read("/at/provins/")
