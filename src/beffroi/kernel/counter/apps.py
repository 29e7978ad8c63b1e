"""Wiring: kinds of the register, what is kept, the counter's place."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CounterConfig(AppConfig):
    """The counter."""

    name = "beffroi.kernel.counter"
    label = "counter"

    def ready(self) -> None:
        """Registries."""
        from beffroi.kernel.counter import keeping, queries, registry  # noqa: PLC0415 - models must be loaded first
        from beffroi.persistence.places import Place, register_place  # noqa: PLC0415 - as above

        registry.register_kinds()
        registry.register_done("mandate.began", _("The agent began to act for you"))
        registry.register_done("mandate.ended", _("The agent stopped acting for you"))
        queries.register_ways_in()
        keeping.register()
        description = _("Serve somebody who is there or calls, and act for them on the record")
        register_place(Place("counter", _("Counter"), description, "people", 30, queries.has_counter))
        words = _("A letter or a printed code, so that they log in by themselves from now on")
        own = Place("mandate-way-in", _("A way in of their own"), words, "key", 80, queries.may_have_way_in, "mine")
        register_place(own)
