"""Proofs for whoever asks: everything here can be computed from the published tiles."""

import base64

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Router

from beffroi.kernel.register.queries.proofs import prove_consistency, prove_inclusion
from beffroi.kernel.register.queries.published import shelf
from beffroi.kernel.register.schemas import Proof
from beffroi.persistence.problems import Problem
from beffroi.protocol.register.archive import Archive
from beffroi.protocol.register.errors import BadProof, RegisterFormatError
from beffroi.protocol.register.names import LogName

router = Router(tags=["register"], auth=None)


@router.get("/{log}/inclusion", response=Proof, summary="Prove that a leaf is in a log")
def inclusion(request: HttpRequest, log: str, index: int, size: int) -> Proof:
    """Leaf `index` in the tree of the first `size` leaves."""
    try:
        return _answer(prove_inclusion(_archive(log), index=index, size=size))
    except BadProof as error:
        raise Problem(404, "proof-unknown", _("This log has no such proof.")) from error


@router.get("/{log}/consistency", response=Proof, summary="Prove that a log extends what it was")
def consistency(request: HttpRequest, log: str, old: int, new: int) -> Proof:
    """The tree of the first `new` leaves extends the tree of the first `old`."""
    try:
        return _answer(prove_consistency(_archive(log), old=old, new=new))
    except BadProof as error:
        raise Problem(404, "proof-unknown", _("This log has no such proof.")) from error


def _archive(log: str) -> Archive:
    try:
        return shelf().archive(LogName.parse(log))
    except RegisterFormatError as error:
        raise Problem(404, "log-unknown", _("No such log.")) from error


def _answer(steps: list[bytes]) -> Proof:
    return Proof(proof=[base64.b64encode(step).decode() for step in steps])
