"""The steps of the platform itself. Systems register theirs beside their places."""

from collections.abc import Callable

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.townhall.queries import facts
from beffroi.persistence.steps import Step, register_step

Page = Callable[[str], str]


def _of(route: str) -> Page:
    return lambda slug: reverse(route, kwargs={"slug": slug})


def _part(part: str) -> Page:
    return lambda slug: reverse("settings-part", kwargs={"slug": slug, "part": part})


def _at(route: str) -> Page:
    return lambda _slug: reverse(route)


STEPS = (
    Step(
        "inventory",
        _("What the town has"),
        _(
            "Write down what stands in the streets and buildings, whose it is and who answers for it: it says what to "
            "connect first, and with whom to sign."
        ),
        "inventory",
        10,
        look=facts.inventory,
        page=_of("inventory"),
    ),
    Step(
        "keys",
        _("The authority’s keys"),
        _("“beffroi init” makes two roots and the first key set: rights, receipts and locks rest on them."),
        "installation",
        10,
        look=facts.keys,
    ),
    Step(
        "roots",
        _("Both roots put away"),
        _(
            "Copy each root to a medium of its own, check the copies with “beffroi keys check”, put them in two safes, "
            "delete both files here."
        ),
        "installation",
        20,
        look=facts.roots_away,
    ),
    Step(
        "https",
        _("HTTPS"),
        _(
            "Serve it with the town’s certificate (BEFFROI_TLS_CERT), put it behind the town’s proxy, or let “beffroi init --local-ca” "
            "make an authority: without it phones give neither keys nor notifications."
        ),
        "installation",
        30,
        look=facts.https,
    ),
    Step(
        "mail",
        _("E-mail"),
        _("Set BEFFROI_SMTP_URL: alerts and invitations leave by it."),
        "installation",
        40,
        look=facts.mail,
    ),
    Step(
        "backup",
        _("A backup, and its trial"),
        _(
            "One is made each night: give it another disk by BEFFROI_BACKUP_FOLDER, and try one with a root in hand: "
            "“beffroi backup drill --root FILE”."
        ),
        "installation",
        50,
        look=facts.backup,
    ),
    Step(
        "witness",
        _("A witness of the register"),
        _(
            "Have somebody outside keep the register’s checkpoint (a partner, the département): nobody can then rewrite it, you included."
        ),
        "installation",
        60,
    ),
    Step(
        "identity",
        _("Name, logo, colour"),
        _("What people see is yours: there is no name of ours."),
        "publication",
        10,
        look=facts.identity,
        page=_of("settings-of"),
    ),
    Step(
        "contact",
        _("How to reach the town hall"),
        _("Nothing is online only: give the address, the telephone and the e-mail."),
        "publication",
        20,
        look=facts.contact,
        page=_part("contact"),
    ),
    Step(
        "notice",
        _("Legal notice"),
        _("Who publishes and who hosts: the law asks for it on the first page."),
        "publication",
        30,
        look=facts.notice,
        page=_part("legal"),
    ),
    Step(
        "officer",
        _("Data protection officer"),
        _("Named by every public body; people write to them."),
        "publication",
        40,
        look=facts.officer,
        page=_part("legal"),
    ),
    Step(
        "accessibility",
        _("Accessibility statement"),
        _("Have your pages audited (RGAA) and publish the rate; until then the statement says “not compliant”."),
        "publication",
        50,
        look=facts.accessibility,
        page=_part("accessibility"),
    ),
    Step(
        "administrators",
        _("A second administrator, with a passkey"),
        _("One may lose their phone: two people, each with a passkey."),
        "people",
        10,
        look=facts.administrators,
        page=_at("people"),
    ),
    Step(
        "partner",
        _("A first partner"),
        _("Register the operator, the landlord or the service that you share things with."),
        "people",
        20,
        look=facts.partner,
        page=_at("organisations"),
    ),
    Step(
        "convention",
        _("A convention in force"),
        _("It says who may do what to which things, for which purposes, for how long."),
        "people",
        30,
        look=facts.convention,
        page=_at("conventions"),
    ),
    Step(
        "assessment",
        _("An impact assessment, dated"),
        _("Its draft is made for you; complete it, have it signed, write its date."),
        "systems",
        10,
        look=facts.assessed,
        page=_of("systems-of"),
    ),
    Step(
        "system",
        _("A system switched on"),
        _("Possible once its assessment is dated."),
        "systems",
        20,
        look=facts.switched_on,
        page=_of("systems-of"),
    ),
    Step(
        "audience",
        _("Who is told"),
        _("An audience with people, services or partners in it."),
        "watch",
        10,
        look=facts.audience,
        page=_at("audiences"),
    ),
    Step(
        "roster",
        _("A roster without gaps"),
        _("Who is on duty or on call, for the next 14 days."),
        "watch",
        20,
        look=facts.roster,
        page=_at("rosters"),
    ),
    Step(
        "drill",
        _("A first drill"),
        _("Raise a test alert with everybody who would act, and write down what was missing."),
        "watch",
        30,
    ),
)


def register_own() -> None:
    """Called once, when the application is ready."""
    for step in STEPS:
        register_step(step)
