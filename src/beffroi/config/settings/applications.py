"""What runs: applications, the order of middleware, templates."""

from pathlib import Path

from beffroi.adapters.sensors.sources import Observed
from beffroi.config.environment import environment

PACKAGE = Path(__file__).resolve().parents[2]

INSTALLED_APPS = [
    "beffroi.persistence",
    "beffroi.kernel.register",
    "beffroi.kernel.accounts",
    "beffroi.kernel.territory",
    "beffroi.kernel.counter",
    "beffroi.kernel.deadlines",
    "beffroi.kernel.grants",
    "beffroi.kernel.alerts",
    "beffroi.kernel.devices",
    "beffroi.kernel.contacts",
    "beffroi.kernel.retention",
    "beffroi.kernel.imports",
    "beffroi.kernel.screens",
    "beffroi.kernel.factors",
    "beffroi.kernel.directory",
    "beffroi.kernel.safe",
    "beffroi.kernel.provider",
    "beffroi.kernel.townhall",
    "beffroi.kernel.upkeep",
    "beffroi.systems.cabinets",
    "beffroi.systems.reports",
    "beffroi.systems.video",
    "beffroi.web",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_vite",
    # Last, so that our templates of fields come before Django's own.
    "django.forms",
]

MIDDLEWARE = [
    "beffroi.web.watching.middleware.RequestMiddleware",
    "beffroi.web.hosts.HostMiddleware",
    "beffroi.web.https.plaindoor.PlainDoorMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "beffroi.web.compression.CompressionMiddleware",
    "csp.middleware.CSPMiddleware",
    "beffroi.web.middleware.FileMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "beffroi.web.sessions.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "beffroi.web.away.AwayMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "beffroi.web.sending.SendingMiddleware",
    "beffroi.web.seen.SeenMiddleware",
    "beffroi.web.middleware.ViewerMiddleware",
    "beffroi.web.closures.ClosureMiddleware",
    "beffroi.web.factors.FactorMiddleware",
    "beffroi.web.papers.PaperMiddleware",
]

ROOT_URLCONF = "beffroi.config.urls"
ASGI_APPLICATION = "beffroi.config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "beffroi.web.shell.shell",
            ],
            # Icons, fields and QR codes need no {% load %}.
            "builtins": ["beffroi.web.templatetags.shell"],
        },
    }
]

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "Europe/Paris"
FORMAT_MODULE_PATH = "beffroi.config.formats"
# 2 000 in French, 2,000 in English. What a machine reads (an attribute, a file) says so: `|stringformat:"d"`.
USE_THOUSAND_SEPARATOR = True
DEBUG = environment().debug
BEFFROI_DEMO = environment().demo
# How many times faster promises run: 1 anywhere but in a demonstration.
BEFFROI_PACE = environment().demo_pace
BEFFROI_HOLIDAYS = environment().holidays
BEFFROI_HOME = environment().home
BEFFROI_MEDIA = environment().home / "media"
BEFFROI_REGISTER_HOST = environment().register_host
BEFFROI_PUBLIC_URL = environment().public_url
BEFFROI_BROKER_URL = environment().broker_url
# The door for certificates of a broker that isn't ours.
BEFFROI_DEVICE_DOOR = environment().device_door
BEFFROI_INGEST_WORKERS = environment().ingest_workers
BEFFROI_SMTP_URL = environment().smtp_url
BEFFROI_MAIL_FROM = environment().mail_from
BEFFROI_SMS = environment().sms_gateway
BEFFROI_SMS_PER_DAY = environment().sms_per_day
BEFFROI_OBSERVE = environment().observe or Observed.none()
BEFFROI_INTERNAL_HOSTS = environment().internal_hosts
# Our own name, in what e-mails are called.
BEFFROI_HOST = environment().host
# Where the staff's directory is asked, and whose it is.
BEFFROI_DIRECTORY = environment().people.directory
BEFFROI_DIRECTORY_AUTHORITY = environment().people.directory_authority
# Where they log in besides.
BEFFROI_PROVIDER = environment().people.identity.provider(environment().internal_hosts)
