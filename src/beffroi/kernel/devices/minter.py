"""What the minter does that opens gates' sources to the devices that serve them: it alone reads the keys of the boxes."""

import logging
from datetime import datetime

from beffroi.adapters.keystore import KeyStore, KeyStoreError
from beffroi.kernel.devices.actions.sources import doubt_sources, keep_box, sign_sources
from beffroi.kernel.devices.queries.sources import boxes_of, newest_boxes, sources_to_sign
from beffroi.kernel.grants.queries import authorities_with_keys, signing_key
from beffroi.protocol.v1.keyset import Use

log = logging.getLogger(__name__)

SIGNED_AT_ONCE = 50


def make_boxes(store: KeyStore, now: datetime) -> int:
    """What the minter calls: a box for each authority that has none, or whose box's key is lost. It signs nothing."""
    newest = newest_boxes()
    for authority in authorities_with_keys():
        kid = newest.get(authority)
        if kid is None or not store.holds_box(authority=str(authority), kid=kid):
            try:
                public = store.create_box(authority=str(authority))
            except OSError as error:
                raise KeyStoreError(f"no box for authority {authority}: {error}") from error
            keep_box(authority=authority, public=public, now=now)
    return 0


class SourceLists:
    """The lists of sources, for one minter: before it signs its first it has all of them looked at, since the minter of a former version
    may have taken a change of what it knew nothing of, a mask, for none.
    """

    def __init__(self) -> None:
        self._begun = False

    def sign(self, store: KeyStore, now: datetime) -> int:
        """What the minter calls; returns how many were signed."""
        if not self._begun:
            doubt_sources()
            self._begun = True
        return sign_lists_of_sources(store, now)


def sign_lists_of_sources(store: KeyStore, now: datetime) -> int:
    """Sign lists of sources that changed, at most a part, each in its own transaction; returns how many."""
    signed = 0
    for authority, device in sources_to_sign(SIGNED_AT_ONCE, now):
        try:
            signer = signing_key(store, authority=authority, use=Use.SERVER_MESSAGE, now=now)
        except KeyStoreError as error:
            log.error("device %s waits for its sources: %s", device, error)  # noqa: TRY400 - the message says it all
            continue
        keys = {key.kid: key.private for key in store.box_keys(authority=str(authority), kids=boxes_of(authority))}
        signed += sign_sources(device=device, signer=signer, keys=keys, now=now)
    return signed
