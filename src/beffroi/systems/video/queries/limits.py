"""What the way of images can't protect against."""

from django.utils.translation import gettext_lazy as _

from beffroi.persistence.limits import Limit, register_limits


def register() -> None:
    """Called once, when the application is ready."""
    register_limits(
        Limit(
            "screen-photographed",
            _("A screen is photographed"),
            _("An image that somebody may see can be kept and shown elsewhere: no program prevents that."),
            _(
                "Looks are short, and masks hide from everybody what the town drew. The town, the camera and the "
                "time can be written on the picture."
            ),
            _("Who looked at that camera, when and why; the photograph itself leaves no trace."),
            "video-viewings",
            35,
        ),
        Limit(
            "other-routes",
            _("A camera has other routes"),
            _("Its owner’s recorder, its maker’s cloud, its own web page: seen there, with no limit and no entry."),
            _("Close those routes in the camera, change its password, and write the remaining ones on its page."),
            _("The camera’s page says which routes the town knows of."),
            "video",
            40,
        ),
    )
