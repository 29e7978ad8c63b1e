"""Lists are counted and cut by the server: a page of so many rows, whose template ends with `web/pager.html`."""

from collections.abc import Sequence
from typing import Final, TypeVar, overload

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.formats import localize
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

M = TypeVar("M", bound=Model)
T = TypeVar("T")

A_PAGE: Final = 50
# Nobody turns so many pages: a list that is longer says "more than", and is narrowed.
MOST: Final = 10_000


class Listing(Paginator):  # type: ignore[type-arg]  # it has none when it runs
    """Counts no further than `MOST`: a town's list of ten years is opened as fast as a short one."""

    @cached_property
    def count(self) -> int:
        """How many there are, `MOST` at most."""
        return min(self._counted, MOST)

    @property
    def more(self) -> bool:
        """Whether there are more than can be turned over."""
        return self._counted > MOST

    @property
    def shown(self) -> str:
        """How many, as a title says it before the word: "12,000", or "more than 10,000"."""
        count = localize(self.count)
        return _("more than %(count)s") % {"count": count} if self.more else count

    @cached_property
    def _counted(self) -> int:
        if isinstance(self.object_list, QuerySet):
            return self.object_list.order_by()[: MOST + 1].count()
        return len(self.object_list)


@overload
def page_of(request: HttpRequest, rows: QuerySet[M], size: int = A_PAGE) -> Page[M]: ...


@overload
def page_of(request: HttpRequest, rows: Sequence[T], size: int = A_PAGE) -> Page[T]: ...


def page_of(request: HttpRequest, rows: QuerySet[M] | Sequence[T], size: int = A_PAGE) -> Page[M] | Page[T]:
    """The page that the address asks for (`?page=`), the nearest one there is when there is no such page."""
    asked = request.GET.get("page")
    if isinstance(rows, QuerySet):
        return Listing(rows, size).get_page(asked)
    return Listing(rows, size).get_page(asked)
