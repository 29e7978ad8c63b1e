"""Django's settings, one small module per concern; what a town may change is in `config.environment`."""

from beffroi.config.settings.accounts import *  # noqa: F403 - Django reads the names of this module
from beffroi.config.settings.applications import *  # noqa: F403 - as above
from beffroi.config.settings.database import *  # noqa: F403 - as above
from beffroi.config.settings.language import *  # noqa: F403 - as above
from beffroi.config.settings.logs import *  # noqa: F403 - as above
from beffroi.config.settings.security import *  # noqa: F403 - as above
from beffroi.config.settings.static import *  # noqa: F403 - as above
