"""The certificate that we serve ourselves, as an installation looks at it: does it last, does it stand for our names, is it whole?"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from cryptography import x509
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from beffroi.adapters.tls.errors import Fault, LocalAuthorityError, PairError
from beffroi.adapters.tls.files import Files
from beffroi.adapters.tls.judging import Concern, Remark, remarks_on, stands_for, trusted_here
from beffroi.adapters.tls.local import LocalAuthority
from beffroi.adapters.tls.pair import Pair, read_pair
from beffroi.kernel.territory.queries.authorities import every_authority
from beffroi.persistence.checkup import Check, Finding, State, Words, register_check, said
from beffroi.web.https.names import hosts

CODE: Final = "certificate"
DOMAINS: Final = "domains"
MORE: Final = "https.md#the-certificate"
UNUSABLE: Final[dict[Fault, Promise]] = {
    Fault.UNREADABLE: _("The certificate or its key can’t be read by the server."),
    Fault.NO_CERTIFICATE: _("The file of the certificate holds none that can be read."),
    Fault.NO_KEY: _("The file of the certificate’s key holds none that can be read."),
    Fault.LOCKED: _("The certificate’s key asks for a passphrase, and nobody is there to type it."),
    Fault.EXPOSED: _("Others than its owner can read the certificate’s key."),
    Fault.ORDER: _("The server’s own certificate isn’t the first of its file."),
    Fault.MISMATCH: _("The key isn’t the one of the certificate."),
    Fault.WEAK: _("The certificate’s key is of a kind, or a length, that browsers refuse."),
}
SAID: Final[dict[Concern, tuple[State, Promise]]] = {
    Concern.ENDED: (State.BAD, _("The certificate ended on %(end)s: browsers refuse this server.")),
    Concern.NOT_YET: (State.BAD, _("The certificate begins on %(start)s: until then browsers refuse this server.")),
    Concern.VERY_SOON: (State.WARNING, _("The certificate ends on %(end)s, within days, and has not been renewed.")),
    Concern.SOON: (State.WARNING, _("The certificate ends on %(end)s and has not been renewed yet.")),
    Concern.NAME: (State.BAD, _("The certificate doesn’t stand for %(about)s: browsers refuse it there.")),
    Concern.INCOMPLETE: (
        State.WARNING,
        _("The certificate is signed by “%(about)s”, which its file leaves out: some phones will refuse it."),
    ),
    Concern.SELF_SIGNED: (State.WARNING, _("The certificate is signed by itself: no browser trusts it.")),
}
RENEW: Final = _("Have it renewed, and put the new one in place of BEFFROI_TLS_CERT: it is taken up without a restart.")
REMEDIES: Final[dict[Concern, Promise]] = {
    Concern.ENDED: RENEW,
    Concern.NOT_YET: _(
        "Look whether this machine’s clock is right; else put back the certificate that was valid before."
    ),
    Concern.VERY_SOON: RENEW,
    Concern.SOON: RENEW,
    Concern.NAME: _("Have one made that names every address of this server: %(hosts)s."),
    Concern.INCOMPLETE: _(
        "Put the certificates that certify it behind it in the same file (certbot: fullchain.pem). If your own authority signed it, "
        "have this machine trust that one: update-ca-certificates."
    ),
    Concern.SELF_SIGNED: _(
        "Have it certified, or let `beffroi init --local-ca` make an authority that phones can trust."
    ),
}


def look(now: datetime) -> Iterator[Finding]:
    """A finding for each thing that is wrong, or one that says that all is well; none where a proxy speaks HTTPS for us."""
    files: Files | None = settings.BEFFROI_TLS
    if files is None:
        return
    if settings.BEFFROI_LOCAL_CA and not files.certificate.exists():
        seen = _("Our own authority makes the certificate as the server starts for the first time.")
        yield Finding(CODE, State.WELL, seen, more=MORE)
        return
    try:
        pair, names = read_pair(files), hosts(of_authorities=False)
        remarks = remarks_on(pair, names, now, _roots())
    except PairError as error:
        yield unusable(error)
        return
    values = {"left_seconds": (pair.own.not_valid_after_utc - now).total_seconds()}
    for remark in remarks:
        yield _finding(remark, pair, names, values)
    if not remarks:
        told = said(_("Valid until %(end)s, for %(hosts)s."), end=_end(pair), hosts=", ".join(names))
        yield Finding(CODE, State.WELL, told, more=MORE, values=values)


def look_at_domains(_now: datetime) -> Iterator[Finding]:
    """Whether it stands for the domain that each authority gave."""
    files: Files | None = settings.BEFFROI_TLS
    if files is None:
        return
    try:
        pair = read_pair(files)
    except PairError:
        return  # the other check says so
    for authority in every_authority():
        if not authority.domain:
            continue
        covered = stands_for(pair.own, authority.domain)
        told = _("The certificate stands for %(domain)s.") if covered else SAID[Concern.NAME][1]
        yield Finding(
            DOMAINS,
            State.WELL if covered else State.BAD,
            said(told, domain=authority.domain, about=authority.domain),
            "" if covered else _remedy_of_domain(authority.domain, hosts()),
            MORE,
            authority=authority.pk,
        )


def unusable(error: PairError) -> Finding:
    """What keeps it from being served; the former one is, while this process lives."""
    remedy = said(
        _("Until it is mended, the former one is served and no process can be started anew: %(why)s."), why=error
    )
    return Finding(f"{CODE}.{error.fault}", State.BAD, UNUSABLE[error.fault], remedy, MORE)


def _finding(remark: Remark, pair: Pair, names: list[str], values: dict[str, float]) -> Finding:
    state, told = SAID[remark.concern]
    seen = said(told, start=pair.own.not_valid_before_utc, end=_end(pair), about=remark.about)
    remedy: Words = said(REMEDIES[remark.concern], hosts=", ".join(names))
    if settings.BEFFROI_LOCAL_CA:
        remedy = _(
            "Our own authority makes it anew by itself: read in the log why it didn’t, or make another, `beffroi init --local-ca`."
        )
    return Finding(f"{CODE}.{remark.concern}", state, seen, remedy, MORE, values)


def _end(pair: Pair) -> datetime:
    return pair.own.not_valid_after_utc


def _remedy_of_domain(domain: str, names: list[str]) -> Words:
    if not settings.BEFFROI_LOCAL_CA:
        return said(REMEDIES[Concern.NAME], hosts=", ".join(names))
    return said(
        _(
            "Within a minute our own authority certifies a new domain that it may. This one it may not when it was made for others: "
            "`beffroi init --local-ca --local-ca-name %(domain)s` makes another, which every device must then be told to trust."
        ),
        domain=domain,
    )


def _roots() -> tuple[x509.Certificate, ...]:
    """Whom this machine trusts, and our own authority where there is one; nobody on a machine that knows nobody."""
    try:
        own = (LocalAuthority(settings.BEFFROI_HOME / "keys").root(),) if settings.BEFFROI_LOCAL_CA else ()
    except LocalAuthorityError:
        own = ()
    return (*trusted_here(), *own)


def register_own() -> None:
    """Called once, when the application is ready."""
    register_check(Check(CODE, _("Certificate"), look, order=40))
    register_check(Check(DOMAINS, _("Domains of authorities"), look_at_domains, order=40, needs_database=True))
