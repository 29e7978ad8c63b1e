"""What the living page's instruments fill; nothing is sent."""

from django import forms
from django.utils.translation import gettext_lazy as _


class PlaceForm(forms.Form):
    """The fields that `web/place.html` stands around."""

    address = forms.CharField(label=_("Address"), required=False, max_length=200)
    latitude = forms.FloatField(label=_("Latitude"), required=False, min_value=-90, max_value=90)
    longitude = forms.FloatField(label=_("Longitude"), required=False, min_value=-180, max_value=180)
    asset_kind = forms.CharField(required=False, widget=forms.HiddenInput)
    asset_id = forms.CharField(required=False, widget=forms.HiddenInput)
