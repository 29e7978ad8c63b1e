"""The API: session log-in and CSRF by default, one router an app, errors as problem+json."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, ValidationError
from ninja.security import SessionAuth

from beffroi.kernel.alerts.api import push_router as push
from beffroi.kernel.alerts.api import router as alerts
from beffroi.kernel.alerts.api import texts_router as texts
from beffroi.kernel.devices.api import router as gates
from beffroi.kernel.grants.api import router as holder
from beffroi.kernel.register.api import router as register
from beffroi.persistence.problems import Problem, problem_response
from beffroi.systems.cabinets.api import router as cabinets

api = NinjaAPI(
    title="Beffroi",
    version="1",
    urls_namespace="api-1",
    auth=SessionAuth(csrf=True),
    docs_url=None,
    openapi_url=None,
)
api.add_router("/holder", holder)
api.add_router("/gates", gates)
api.add_router("/alerts", alerts)
api.add_router("/push", push)
api.add_router("/texts", texts)
api.add_router("/register", register)
api.add_router("", cabinets)


@api.exception_handler(Problem)
def _problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problem_response(problem.status, problem.code, problem.message)


@api.exception_handler(AuthenticationError)
def _nobody(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return problem_response(401, "log-in-first", _("Log in first."))


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    where = ", ".join(sorted({str(item["loc"][-1]) for item in error.errors}))
    return problem_response(422, "invalid", _("This can't be read: %(where)s.") % {"where": where})
