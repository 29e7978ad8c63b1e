"""The challenges that one camera has given, and to whom: whoever asks for very many pushes out their own, and nobody else's.

Over a network anybody may ask, and who they are isn't known before they answer; but an address that bytes came from and went to is.
"""

import ipaddress
from collections import Counter
from typing import Final

from beffroi.protocol.v1.gate import CHALLENGE_LIFE_MS, NETWORK_CHALLENGES_KEPT, ChallengeBook, Given

NETWORK_BITS: Final = 64
"""Of an IPv6 address: whoever has one has all of its network."""


def neighbour(host: str) -> str:
    """Whose an address is, as far as can be told: itself, or its network where one household has as many as it likes."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, NETWORK_BITS), strict=False))


class Desk:
    """Of one camera. `book` is what decisions are made by; a challenge answers from any address."""

    def __init__(self) -> None:
        self.book = ChallengeBook()
        self._askers: dict[str, str] = {}

    def with_room(self, uptime: int) -> ChallengeBook:
        """The book, with room for one more: what is too old goes first, then the oldest of whoever holds most."""
        given = self.book.given
        if len(given) < NETWORK_CHALLENGES_KEPT:
            return self.book
        out = (
            next((each for each in given if uptime - each.uptime > CHALLENGE_LIFE_MS), None) or self._of_the_greediest()
        )
        return ChallengeBook(tuple(each for each in given if each is not out))

    def _of_the_greediest(self) -> Given:
        held = Counter(self._asker(each) for each in self.book.given)
        most = max(held.values())
        return next(each for each in self.book.given if held[self._asker(each)] == most)

    def _asker(self, given: Given) -> str:
        return self._askers.get(given.hash, "")

    def give(self, book: ChallengeBook, challenge: str, asker: str) -> None:
        """From now on, that challenge (its hash) is in the book, and theirs."""
        self.book = book
        self._askers[challenge] = asker
        if len(self._askers) > 2 * NETWORK_CHALLENGES_KEPT:
            self._askers = {each.hash: self._asker(each) for each in book.given}
