"""What can go wrong with door contacts.

ContactError
├── AddressUnfit        what was typed or scanned is no address of a contact
├── ModelUnknown        no description of this model, or of another network
├── ModelUnfit          a description that can't be used
├── ModelInUse          contacts in service are of this model
├── ContactKnown        this contact, or this name, is registered already
├── ThingUnfit          the thing can't be watched by a contact (it has a lock, or another contact)
└── ContactUnknown      no such contact here

What a contact says and nobody understands is not an exception: it is kept as a finding on the contact.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class ContactError(Exception):
    """A fault of the person who asks; `code` is stable, `message` is for them."""

    code = "contact-error"
    message: str | Promise = _("This can't be done.")

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.code)


class AddressUnfit(ContactError):
    """Neither 16 hexadecimal digits nor the text of a QR code of TR005."""

    code = "contact-address"
    message = _("An address is 16 digits from 0 to f, or the text of the QR code (LW:D0:…).")


class ModelUnknown(ContactError):
    """The model is not in the table, or speaks on another network than the label says."""

    code = "contact-model"
    message = _("This model is not known here, or speaks on another network than its label says.")


class ContactKnown(ContactError):
    """One contact is registered once; so is a name."""

    code = "contact-known"
    message = _("A contact with this address or this name is registered already.")


class ThingUnfit(ContactError):
    """A thing is told of by its lock, or by one contact."""

    code = "contact-thing"
    message = _("This thing has a lock or a contact already: one of them tells of its door.")


class ContactUnknown(ContactError):
    """Nothing of that identifier here."""

    code = "contact-unknown"
    message = _("There is no such contact here.")


class ModelUnfit(ContactError):
    """The description can't be used. `why`: what is wrong with it, in English, as its specification speaks."""

    code = "model-unfit"
    message = _("This description can’t be used.")

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class ModelInUse(ContactError):
    """Contacts in service are of this model."""

    code = "model-in-use"
    message = _("Contacts in service are of this model: take them off, or leave it.")
