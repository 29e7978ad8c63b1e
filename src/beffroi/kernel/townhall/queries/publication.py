"""What an authority publishes in law, and what it still owes: read by everybody, and by the list of first steps."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.territory.models import Authority, LegalNotice
from beffroi.kernel.territory.queries.authorities import legal_notice
from beffroi.kernel.townhall.rules import Conformity, conformity


@dataclass(frozen=True, slots=True)
class Published:
    """An authority's public pages. What is missing is said so, on them."""

    authority: Authority
    notice: LegalNotice

    @property
    def missing_notice(self) -> list[str | Promise]:
        """What the law on confidence in the digital economy (LCEN, 1-1) asks for and isn't there."""
        authority, notice = self.authority, self.notice
        return _absent(
            (authority.address, _("the postal address")),
            (authority.phone, _("a telephone number")),
            (authority.email, _("an e-mail address")),
            (notice.director, _("the publication director")),
            (notice.host_name, _("the host’s name")),
            (notice.host_address, _("the host’s address")),
            (notice.host_phone, _("the host’s telephone number")),
        )

    @property
    def missing_data(self) -> list[str | Promise]:
        """What the RGPD (13, 37) asks for and isn't there."""
        notice = self.notice
        return _absent(
            (notice.dpo_name, _("the data protection officer")),
            (notice.dpo_email or notice.dpo_address, _("how to reach the data protection officer")),
        )

    @property
    def missing_accessibility(self) -> list[str | Promise]:
        """What the decree of 24 July 2019 asks for and isn't there."""
        return _absent(
            ("there" if self.notice.audit_rate is not None else "", _("the rate that an audit found")),
            (self.notice.plan, _("the multi-year accessibility scheme")),
        )

    @property
    def conformity(self) -> Conformity:
        """What the statement's first sentence says."""
        return conformity(self.notice.audit_rate)

    @property
    def gaps(self) -> list[str]:
        """One a line."""
        return [line.strip() for line in self.notice.gaps.splitlines() if line.strip()]

    @property
    def help_email(self) -> str:
        """Whom to write to about accessibility."""
        return self.notice.help_email or self.authority.email


def published(authority: Authority) -> Published:
    """What anybody may read of an authority."""
    return Published(authority, legal_notice(authority))


def _absent(*wanted: tuple[str, Promise]) -> list[str | Promise]:
    return [words for value, words in wanted if not value.strip()]
