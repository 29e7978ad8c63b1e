"""How long what a provider says is good for."""

from datetime import timedelta
from typing import Final

# A working day: nobody tells us who left meanwhile, unless the provider speaks to us itself.
SESSION: Final = timedelta(hours=12)
# A role that a provider gave and hasn't confirmed for so long ends: five weeks of leave, and no more.
UNCONFIRMED: Final = timedelta(days=35)
# Log-ins begun in several tabs of one browser.
MOST_ATTEMPTS: Final = 4
