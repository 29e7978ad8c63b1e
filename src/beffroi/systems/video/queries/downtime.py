"""Cameras on the sheet of the degraded mode."""

from django.utils.translation import gettext_lazy as _

from beffroi.persistence.downtime import Downtime, register_downtime
from beffroi.systems.video.rules import SYSTEM


def register() -> None:
    """Called once, when the application is ready."""
    register_downtime(
        Downtime(
            SYSTEM,
            _("Video on request"),
            works=(_("Cameras and the landlord’s own recorders go on, each in its place."),),
            stops=(
                _(
                    "Asking for images and looking at them: a picture that is shown ends with its right, and no other can be given."
                ),
            ),
            instead=(
                _(
                    "Somebody goes and looks. A judicial request is answered by whoever keeps the recordings, as on any day."
                ),
                _("Write down each look that was had otherwise: who, when, why."),
            ),
            order=30,
        )
    )
