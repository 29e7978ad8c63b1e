"""A fault of whoever calls the API, on its way to `application/problem+json` (RFC 9457): one handler turns it, in config.api."""

from django.http import HttpResponse, JsonResponse
from django.utils.functional import Promise

CONTENT_TYPE = "application/problem+json"


class Problem(Exception):
    """`code` is stable and for programs, `message` is for people, `status` is HTTP's."""

    def __init__(self, status: int, code: str, message: str | Promise) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message


def problem_response(status: int, code: str, message: str | Promise) -> HttpResponse:
    """The body: `type` is "about:blank" with HTTP's own title unless the code says more."""
    body = {"type": f"urn:beffroi:problem:{code}", "title": str(message), "status": status, "code": code}
    return JsonResponse(body, status=status, content_type=CONTENT_TYPE)
