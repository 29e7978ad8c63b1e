"""Where a camera's images are, and what opens them: typed once, never shown again."""

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from beffroi.persistence.choosing import Among, ChoosingForm, ChosenField
from beffroi.systems.video.models import Relay


class SourceForm(ChoosingForm):
    """A camera's relay, the address of its images, and its user and password."""

    relay = ChosenField(label=_("Relay"))
    url = forms.CharField(
        label=_("Address of its images"),
        max_length=300,
        help_text=_("It begins with rtsp:// and holds neither user nor password."),
        widget=forms.TextInput(attrs={"class": "code", "autocomplete": "off", "spellcheck": "false"}),
    )
    user = forms.CharField(
        label=_("User of the camera"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    password = forms.CharField(
        label=_("Password of the camera"),
        max_length=80,
        required=False,
        help_text=_("Sealed as it leaves this page: only the relay reads it, and no page shows it again."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    profile = forms.CharField(
        label=_("Profile"), max_length=80, required=False, help_text=_("In your words, for instance H.264, 1280 × 720")
    )

    def __init__(self, *args: object, relays: QuerySet[Relay], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # its own signature
        self.choose("relay", Among(relays, ("device__name", "address")))
