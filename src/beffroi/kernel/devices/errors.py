"""What can go wrong with devices.

DeviceError
├── RequestRefused      the device's request to be certified doesn't verify, or names something we don't take
├── DeviceKnown         this device, key or name is registered already
├── DeviceNotReady      the step asked for needs another state (certified before commissioned …)
├── DeviceUnknown       no such device in this authority
├── CommandUnknown      no kind of device takes this command, or its arguments don't fit
├── CredentialsUnfit    an address, user or password that a device could not use
├── NoBox               the authority has no box yet that a password could be sealed to
├── NoBroker            nothing that a device could reach runs yet
└── NoTrust             the authority has no key set in force, so nothing can be certified or signed

A message from a device that is refused is not an exception: it is a reason code (`rules.Unfit`, protocol.v1.errors.Reason).
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class DeviceError(Exception):
    """A fault of the person who asks; `code` is stable, `message` is for them."""

    code = "device-error"
    message: str | Promise = _("This can't be done.")

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.code)
        self.detail = detail


class RequestRefused(DeviceError):
    """`detail` is the protocol's reason code, or what doesn't fit."""

    code = "device-request-refused"
    message = _("The device's request is refused.")


class DeviceKnown(DeviceError):
    """An identity, a key and a name are each taken once."""

    code = "device-known"
    message = _("A device with this identifier, this key or this name is registered already.")


class DeviceNotReady(DeviceError):
    """`detail` is the state in which the device is."""

    code = "device-not-ready"
    message = _("The device is not in the state that this needs.")


class DeviceUnknown(DeviceError):
    """Nothing of that identifier here."""

    code = "device-unknown"
    message = _("There is no such device here.")


class CommandUnknown(DeviceError):
    """Commands are a closed list by kind of device."""

    code = "device-command-unknown"
    message = _("This device takes no such command.")


class CredentialsUnfit(DeviceError):
    """`detail` is which of them: url, user or password."""

    code = "device-credentials-unfit"
    message = _("The address begins with rtsp:// and holds no password; user and password have 80 characters at most.")


class NoBox(DeviceError):
    """The minter makes one within two seconds of the authority's first key set."""

    code = "device-no-box"
    message = _("A password can’t be kept safely yet: the installation’s minter must run. Try again in a moment.")


class NoBroker(DeviceError):
    """`beffroi up` runs one; BEFFROI_BROKER_URL names another."""

    code = "device-no-broker"
    message = _("No broker runs yet: start the installation, then ask again.")


class NoTrust(DeviceError):
    """Sign a key set first."""

    code = "device-no-key-set"
    message = _("This authority has no key set in force: sign one first.")
