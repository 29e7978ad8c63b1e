"""What there is to see in a town of the matrix, each made by the action that makes it in a town."""

import io
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric import ec
from django.utils.timezone import localdate
from PIL import Image

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.contacts.factories import make_contact, make_model
from beffroi.kernel.devices.registry import StoredEvent
from beffroi.kernel.grants.actions.conventions import Purpose, cover_resource, sign_convention
from beffroi.kernel.grants.actions.drafts import begin_draft
from beffroi.kernel.grants.actions.holders import enrol_phone
from beffroi.kernel.grants.models import Convention, HolderKey
from beffroi.kernel.grants.rules import Kind, surely
from beffroi.kernel.retention.actions.slips import make_slip
from beffroi.kernel.territory.actions.outlines import keep_outline_file
from beffroi.kernel.territory.factories import draw_authority, make_organisation, make_outline
from beffroi.kernel.territory.models import Authority, Organisation
from beffroi.kernel.territory.queries.outline_files import Surface
from beffroi.lib.outlines import Feature
from beffroi.lib.positions import Position
from beffroi.protocol.v1.jwk import holder_key
from beffroi.systems.cabinets.actions.cabinets import give_work_order
from beffroi.systems.cabinets.actions.events import take_event
from beffroi.systems.cabinets.models import Cabinet, Use
from beffroi.systems.cabinets.rules import SYSTEM
from beffroi.systems.reports.actions.assets import keep_asset
from beffroi.systems.reports.actions.batches import gather_batch
from beffroi.systems.reports.actions.handling import Said, hand_over, say_of_report
from beffroi.systems.reports.actions.making import Taken
from beffroi.systems.reports.actions.photos import claim_photos, keep_encoded
from beffroi.systems.reports.actions.questions import keep_question
from beffroi.systems.reports.actions.rounds import Plan, make_round
from beffroi.systems.reports.actions.servers import keep_server
from beffroi.systems.reports.actions.settings import keep_team, keep_way
from beffroi.systems.reports.actions.subscribing import Covered, subscribe
from beffroi.systems.reports.actions.wordings import keep_wordings
from beffroi.systems.reports.factories import HERE, make_category, reported, switched_on
from beffroi.systems.reports.models import Asset, Question, Report, Server, Team, Way, Wording
from beffroi.systems.reports.queries.media import media, name_of, part_of
from beffroi.systems.reports.queries.photos import SIZES
from beffroi.systems.reports.rules import SYSTEM as REPORTS

DRAFT = "Cabinets of the years to come"
NONCE = "n0nce_of_an_opening-01"
NAMED = "Vauquelin"


def signed(
    authority: Authority, partner: Organisation, *, until: datetime, by: UUID, now: datetime, system: str = SYSTEM
) -> Convention:
    """A convention that began a month ago, on cabinets unless said otherwise."""
    repair = Purpose(
        code="repair",
        label="Repair of a line",
        kind=Kind.WORK_ORDER,
        legal_text="CPCE",
        legal_article="L34-8-3",
        legal_version_on=date(2026, 1, 1),
        least=timedelta(minutes=15),
        most=timedelta(hours=12),
    )
    return surely(
        sign_convention(
            authority=authority.id,
            partner=partner.id,
            system=system,
            title=f"{'Cabinets' if system == SYSTEM else 'Signalements'} de {authority.name}, {partner.name}",
            valid_from=now - timedelta(days=30),
            valid_until=until,
            purposes=[repair],
            transports=("local", "relay"),
            list_age=timedelta(hours=72),
            list_old="refuse",
            time_unknown="refuse",
            by=by,
            now=now,
        )
    )


def drafted(authority: Authority, partner: Organisation, *, by: UUID, now: datetime) -> UUID:
    """A convention that is being written."""
    content = {"title": f"{DRAFT}, {authority.name}", "partner": str(partner.id)}
    return begin_draft(authority=authority.id, system=SYSTEM, content=content, resources=[], now=now, by=by).id


def proposed(authority: Authority, gone: str, *, by: UUID, now: datetime) -> UUID:
    """A slip for the archives, of a convention that ended long ago."""
    then = now - timedelta(days=7 * 365)
    signed(authority, make_organisation(gone), until=then + timedelta(days=1), by=by, now=then)
    slip = make_slip(authority=authority.id, service="Direction des services techniques", by=by, now=now)
    assert slip is not None
    return slip.id


def enrolled(person: Person, now: datetime) -> HolderKey:
    """A phone whose owner has just used a passkey."""
    key = holder_key(ec.generate_private_key(ec.SECP256R1()))
    done = enrol_phone(person=person.id, key=key, code=None, passkey=True, now=now)
    assert isinstance(done, HolderKey)
    return done


def ordered(cabinet: Cabinet, convention: Convention, technician: Person, *, by: Person, now: datetime) -> UUID:
    """A work order for two hours from now."""
    given = give_work_order(
        cabinet=cabinet,
        convention=convention.id,
        purpose="repair",
        technician=technician.id,
        organisation=convention.partner_id,
        starts=now,
        ends=now + timedelta(hours=2),
        reference="T-1204",
        by=by.id,
        now=now,
    )
    assert isinstance(given, UUID), given
    return given


def opened(cabinet: Cabinet, order: UUID, phone: HolderKey, now: datetime) -> Use:
    """What the lock said of an opening, as ingest hands it to cabinets' sink."""
    body = {
        "action": "open",
        "grant": str(order),
        "holders": [phone.thumbprint],
        "nonce": NONCE,
        "purpose": "repair",
        "transport": "relay",
        "marks": [],
    }
    assert cabinet.lock_id is not None
    take_event(
        event=StoredEvent(
            authority=cabinet.authority_id,
            device=cabinet.lock_id,
            sequence=1,
            boot=1,
            kind="use-admitted",
            at=now,
            uptime=60,
            body=body,
            stored_at=now,
        )
    )
    return Use.objects.get(cabinet=cabinet)


def outlined(authority: Authority, *, by: UUID, now: datetime) -> None:
    """Where the authority ends, and a file of outlines that waits for its administrator."""
    draw_authority(authority)
    keep_outline_file(authority=authority.pk, surfaces=[Surface(Feature("Beauval", make_outline()))], by=by, now=now)


def faulty(authority: Authority, partner: Organisation, *, by: UUID, now: datetime) -> Report:
    """A report in the charge of a partner under a convention; its words name somebody, and wait for an agent."""
    switched_on(authority.id, by=by, now=now)
    category = make_category(authority.id)
    convention = signed(authority, partner, until=now + timedelta(days=300), by=by, now=now, system=REPORTS)
    cover_resource(convention=convention, resource=category.pk, by=by, now=now)
    report = reported(
        category, text=f"Chez Madame {NAMED}, un trou", email=f"plainte@{authority.slug}.example", now=now
    )
    pictured(report, by=by, now=now)
    mailbox = f"voisin@{authority.slug}.example"
    subscribe(authority=authority.pk, covered=Covered(category.pk), person=None, email=mailbox, language="fr", now=now)
    lamp = Asset(
        authority_id=authority.pk, kind="lamp", number="L-17", latitude=HERE.latitude, longitude=HERE.longitude
    )
    lamp.owner_id = authority.organisation_id
    keep_asset(asset=lamp, by=by, now=now)
    question = Question(authority_id=authority.pk, category=category, code="depth", label="Profondeur", kind="text")
    keep_question(question=question, by=by, now=now)
    server = Server(
        authority_id=authority.pk, organisation_id=partner.pk, name=f"Serveur {NAMED}", url="https://127.0.0.1/v2"
    )
    server.made_at = server.read_until = now
    keep_server(server=server, key=None, by=by, now=now)
    pictured(
        reported(category, text="Un autre trou", now=now), by=by, now=now
    )  # the authority's own team is written of it
    # One that an administrator is about to decline with others.
    gather_batch(authority=authority.id, act="decline", reports=[report.pk], values={}, by=by, now=now)
    return hand_over(report=report, organisation=partner.id, team=None, by=by, now=now)


def _drawn() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (800, 600), (120, 110, 90)).save(out, "JPEG")
    return out.getvalue()


PICTURE = _drawn()


def pictured(report: Report, *, by: UUID, now: datetime) -> None:
    """A photo of it, made again, that staff haven't checked."""
    taken = Taken(uuid4())
    say_of_report(report=report, said=Said(public=False), staff=True, photos=[taken], by=by, now=now)
    (attempt,) = (attempt for photo, attempt in claim_photos(now=now, most=100) if photo == taken.id)
    for size in SIZES:
        media().put(name_of(report.authority_id, taken.id, part_of(size, 0)), PICTURE)
    keep_encoded(photo=taken.id, attempt=attempt, width=800, height=600, taken_at=None, position=None)


def travelled(report: Report, tech: Person, *, by: UUID, now: datetime) -> Report:
    """The report, on a round of whoever has it in charge, that their technician goes on."""
    plan = Plan(
        authority=report.authority_id,
        organisation=report.organisation_id,
        day=localdate(now),
        starts=time(8, 30),
        start=Position(report.latitude, report.longitude),
        person=tech.pk,
    )
    make_round(plan=plan, reports=[report.pk], by=by, now=now)
    return report


def routed(authority: Authority, *, by: UUID, now: datetime) -> None:
    """A team of the authority's own, a line that gives it whatever nothing else takes, and a room whose door is observed."""
    make_contact(authority.pk, now=now, name=f"Local {NAMED}", by=by)
    make_model(authority.pk, now=now, by=by)
    team = Team(authority_id=authority.id, organisation_id=authority.organisation_id, name="Voirie")
    team.email = f"voirie@{authority.slug}.example"
    keep_team(team=team, by=by, now=now)
    answer = Wording(
        authority_id=authority.id, label="Bien arrivé", text="{reference} est arrivé.", acts=["acknowledged"]
    )
    keep_wordings(wordings=[answer], by=by, now=now)
    way = Way(authority_id=authority.id, organisation_id=authority.organisation_id, team=team)
    keep_way(way=way, by=by, now=now)
