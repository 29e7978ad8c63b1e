"""What limits remember, in the database: every process counts the same. Django's own backend, but a write is one statement.

Django's asks how many rows there are before each, which costs more the more there are. They are counted now and then here.
"""

import base64
import itertools
import pickle
from datetime import UTC, datetime
from typing import Final

from django.core.cache.backends import db
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.db import connections, router

COUNTED_EVERY: Final = 500  # writes of a process
_EVER: Final = datetime.max.replace(microsecond=0, tzinfo=UTC)

_PUT: Final = (
    'INSERT INTO "{table}" AS known (cache_key, value, expires) VALUES (%s, %s, %s)'
    " ON CONFLICT (cache_key) DO UPDATE SET value = EXCLUDED.value, expires = EXCLUDED.expires"
)
_IF_OVER: Final = " WHERE known.expires < %s"
_TOUCH: Final = 'UPDATE "{table}" SET expires = %s WHERE cache_key = %s'
_COUNT: Final = 'SELECT count(*) FROM "{table}"'


class Memory(db.DatabaseCache):
    """Django's interface of a cache, over its table."""

    _writes = itertools.count(1)
    _table: str
    _max_entries: int

    def _base_set(self, mode: str, key: str, value: object, timeout: float | None = DEFAULT_TIMEOUT) -> bool:
        """Keep it ("set"), keep it unless something is kept ("add"), or keep longer what is ("touch"): whether that was done."""
        at = self.get_backend_timeout(timeout)
        expires = _EVER if at is None else datetime.fromtimestamp(at, tz=UTC).replace(microsecond=0)
        now = db.tz_now().replace(microsecond=0)  # type: ignore[attr-defined]  # the clock that its reads go by
        using = router.db_for_write(self.cache_model_class)
        with connections[using].cursor() as cursor:
            if next(self._writes) % COUNTED_EVERY == 0:
                cursor.execute(_COUNT.format(table=self._table))
                (count,) = cursor.fetchone()
                if count > self._max_entries:
                    self._cull(using, cursor, now, count)  # type: ignore[attr-defined]  # Django's own, which its stubs leave out
            if mode == "touch":
                cursor.execute(_TOUCH.format(table=self._table), [expires, key])
            else:
                kept = base64.b64encode(pickle.dumps(value, self.pickle_protocol)).decode("ascii")
                put, given = _PUT.format(table=self._table), [key, kept, expires]
                cursor.execute(*((put + _IF_OVER, [*given, now]) if mode == "add" else (put, given)))
            return bool(cursor.rowcount)
