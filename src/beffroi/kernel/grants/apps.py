"""Registers the entries' kinds."""

from django.apps import AppConfig

from beffroi.persistence.papers import register_paper


class GrantsConfig(AppConfig):
    """Conventions, rights, phones, the minter."""

    name = "beffroi.kernel.grants"
    label = "grants"

    def ready(self) -> None:
        """Kinds of the register."""
        from beffroi.kernel.grants import jobs, keeping, registry  # noqa: PLC0415 - models must be loaded first
        from beffroi.kernel.grants.actions.orders import close_after  # noqa: PLC0415 - as above
        from beffroi.kernel.grants.queries import custody, measures, naming  # noqa: PLC0415 - as above
        from beffroi.kernel.grants.queries.sight import register as register_sight  # noqa: PLC0415 - models must be loaded first
        from beffroi.kernel.register.registry import (  # noqa: PLC0415 - as above
            register_key_source,
            register_namer,
            register_rights_under,
        )
        from beffroi.kernel.territory.registry import register_ending  # noqa: PLC0415 - as above

        registry.register_kinds()
        register_namer(("convention",), naming.name_conventions)
        register_namer(("grant",), naming.name_rights)
        register_key_source(naming.keys_of_log)
        register_rights_under(naming.rights_given_under)
        registry.register_places()
        keeping.register()
        measures.register()
        custody.register()
        register_paper("convention-paper", "convention-draft-paper")
        register_ending("grants", close_after)
        register_sight()
        jobs.register_jobs()
