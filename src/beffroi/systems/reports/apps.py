"""Registers the entries' kinds, the deadlines and alerts of the clock, what is kept, the map's layer, the navigation."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    """Fault reports."""

    name = "beffroi.systems.reports"
    label = "reports"

    def ready(self) -> None:
        """Kinds, jobs, pages."""
        from beffroi.kernel.register.registry import register_namer  # noqa: PLC0415 - models must be loaded first
        from beffroi.persistence import layers, papers, waiting  # noqa: PLC0415 - as above
        from beffroi.persistence.steps import register_step  # noqa: PLC0415 - as above
        from beffroi.persistence.things import Cause, register_cause  # noqa: PLC0415 - as above
        from beffroi.systems.reports import jobs, keeping, registry, rules  # noqa: PLC0415 - as above
        from beffroi.systems.reports.actions.turning import answer_orders, close_orders  # noqa: PLC0415 - as above
        from beffroi.systems.reports.queries import beginnings, downtime, sight, street, things, turning, uses  # noqa: PLC0415 - as above
        from beffroi.systems.reports.queries.checking import unchecked_photos  # noqa: PLC0415 - as above
        from beffroi.systems.reports.queries.desk import late_reports  # noqa: PLC0415 - as above
        from beffroi.systems.reports.queries.figures import figured  # noqa: PLC0415 - as above
        from beffroi.systems.reports.queries.reports import (  # noqa: PLC0415 - as above
            name_categories,
            name_reports,
            on_the_map,
        )
        from beffroi.systems.reports.queries.rounds import todays_rounds  # noqa: PLC0415 - as above
        from beffroi.systems.reports.queries.teams import leads_teams, name_teams  # noqa: PLC0415 - as above

        sight.register()
        downtime.register()
        registry.register_kinds()
        uses.register()
        things.register()
        register_cause(Cause(rules.SYSTEM, turning.wanted, answer_orders, close_orders, turning.behind))
        papers.register_paper("report-figures", "report-round")
        for step in beginnings.STEPS:
            register_step(step)
        registry.register_places(lambda viewer: bool(figured(viewer)))
        registry.register_teams(leads_teams)
        waiting.register_waiting(waiting.Source(rules.SYSTEM, 25, late_reports))
        waiting.register_waiting(waiting.Source("reports.photos", 26, unchecked_photos))
        waiting.register_waiting(waiting.Source("reports.rounds", 24, todays_rounds))
        register_namer(("report", "into"), name_reports)
        register_namer(("category",), name_categories)
        register_namer(("team",), name_teams)
        layers.register_layer(
            layers.MapLayer(rules.SYSTEM, _("Reports"), "report", 20, registry.reads_reports, on_the_map)
        )
        around = layers.MapLayer(
            street.STREET,
            _("Lamps, poles and cables"),
            "lamp",
            30,
            registry.reads_reports,
            street.in_the_street,
            around=street.around_there,
        )
        layers.register_layer(around)
        keeping.register()
        jobs.register_jobs()
        self._lists()

    def _lists(self) -> None:
        from beffroi.lib.viewer import Role  # noqa: PLC0415 - models must be loaded first
        from beffroi.persistence.imports import Importer, register_importer  # noqa: PLC0415 - as above
        from beffroi.systems.reports.actions.assets import undo_assets, write_assets  # noqa: PLC0415 - as above
        from beffroi.systems.reports.actions.past import undo_past, write_past  # noqa: PLC0415 - as above
        from beffroi.systems.reports.queries import past  # noqa: PLC0415 - as above
        from beffroi.systems.reports.queries.inventory import COLUMNS, check_assets  # noqa: PLC0415 - as above

        register_importer(
            Importer(
                code="street-things",
                label=_("Lamps, poles and cables"),
                description=_("What each is, its number, its position and its owner"),
                icon="lamp",
                route=lambda _viewer: "report-things-mine",
                columns=COLUMNS,
                authorities=lambda viewer: viewer.authorities(Role.ADMINISTRATOR),
                check=check_assets,
                write=write_assets,
                undo=undo_assets,
            )
        )
        register_importer(
            Importer(
                code="reports",
                label=_("Past reports"),
                description=_("What was reported before, and what became of it: nobody is told of any of them"),
                icon="report",
                route=lambda _viewer: "reports",
                columns=past.COLUMNS,
                authorities=past.importing,
                check=past.check_past,
                write=write_past,
                undo=undo_past,
                parts=1_000,
                most_rows=50_000,
                most_megabytes=20,
            )
        )
