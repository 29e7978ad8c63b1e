"""What can go wrong with an import.

ImportRefused
├── ImportMovedOn     it was committed, undone or abandoned meanwhile
├── ImportUnderWay    another list of the kind is being written for the same person
└── NothingToImport   no row would be written
"""

from django.utils.translation import gettext_lazy as _


class ImportRefused(Exception):
    """A fault of the person who asks; `code` is stable, `message` is for them."""

    code = "import-refused"
    message = _("This can't be done.")


class ImportMovedOn(ImportRefused):
    code = "import-moved-on"
    message = _("This import has moved on since you looked at it.")


class ImportUnderWay(ImportRefused):
    code = "import-under-way"
    message = _("Your list before this one is still being written: send this one when it is done.")


class NothingToImport(ImportRefused):
    code = "nothing-to-import"
    message = _("No row of this file would be written.")
