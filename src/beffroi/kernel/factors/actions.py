"""A second factor is demanded, or no longer."""

from datetime import datetime
from uuid import UUID

from beffroi.kernel.accounts.queries import factors_of, shows_elsewhere
from beffroi.kernel.factors.models import Demand
from beffroi.kernel.factors.queries import demand_of, needs_provider
from beffroi.kernel.factors.rules import Refusal, Scope, since
from beffroi.kernel.register.actions.entries import record
from beffroi.kernel.register.rules import GivenValue
from beffroi.kernel.territory.models import Authority
from beffroi.persistence.acts import kernel_action


@kernel_action
def demand_factor(*, authority: UUID, scope: Scope, begins: datetime, by: UUID, now: datetime) -> Refusal | None:
    """Say who logs in with a second factor, and from when; what was said before is history. Refused to whoever has none themselves, and
    where no administrator could log in with the identity provider away; taken back by anybody. What is said already is not said again.
    """
    Authority.objects.select_for_update().get(pk=authority)  # one at a time
    if scope is not Scope.NOBODY and not (factors_of(by) or shows_elsewhere(by)):
        return Refusal.NO_FACTOR
    if scope is not Scope.NOBODY and needs_provider(authority, now):
        return Refusal.PROVIDER_ALONE
    former = demand_of(authority)
    if former is not None:
        now = max(now, former.set_at)  # whoever waited for another looked at the clock before them
    before = former.since if former is not None else None
    wanted = since(scope, max(begins, now), before, now)
    if wanted == before:
        return None
    if former is not None:
        former.ended_at = now
        former.save(update_fields=["ended_at"])
    fields: dict[str, GivenValue] = {"role": scope.value}
    if wanted is not None:
        Demand.objects.create(
            authority_id=authority,
            administrators_from=wanted.administrators,
            others_from=wanted.others,
            set_at=now,
            set_by=by,
        )
        fields["starts"] = wanted.last
    record(kind="factor.demanded", authority=authority, by=by, fields=fields, now=now)
    return None
