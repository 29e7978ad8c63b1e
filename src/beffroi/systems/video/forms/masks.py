"""What is hidden of a camera's picture, drawn on an empty frame; and what is written on it."""

import json
from math import ceil, floor, isfinite

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from beffroi.lib.hiding import Area
from beffroi.protocol.v1.mask import WHOLE, ZONES
from beffroi.systems.video.rules import SIDES, Zone, zones_of

# Of what is drawn a ten-thousandth is nothing: without it a part that was kept would grow each time.
NOTHING = 0.1


class MaskForm(forms.Form):
    """Hidden parts as the board writes them: `[[left, top, width, height], …]` in fractions of the picture."""

    areas = forms.CharField(required=False, max_length=4000, widget=forms.HiddenInput)
    began = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    burned = forms.BooleanField(
        label=_("Write the town, the site, the camera and the time on the picture"),
        required=False,
        help_text=_("The same for everybody who looks. Who looks is written over it by the player."),
    )

    def clean(self) -> dict[str, object]:
        """With the parts; what lies outside of the picture is nothing. A form that doesn't say them is refused: none would be hidden."""
        data = super().clean() or {}
        try:
            data["zones"] = _zones(self.cleaned_data.get("areas") or "")
        except (ValueError, TypeError, OverflowError, RecursionError):
            self.add_error(None, _now("What is hidden could not be read: draw it again."))
        return data


def drawn_areas(zones: list[int]) -> str:
    """What the board begins with."""
    sides = [(left, top, right - left, bottom - top) for left, top, right, bottom in zones_of(zones)]
    return json.dumps([[side / WHOLE for side in each] for each in sides])


def _zones(text: str) -> list[Zone]:
    drawn = json.loads(text)
    if not isinstance(drawn, list) or len(drawn) > ZONES:
        raise ValueError("no parts, or too many")
    areas = [Area.drawn(*(_side(side) for side in one)) for one in drawn if len(one) == SIDES]
    if len(areas) != len(drawn):
        raise ValueError("a part has four sides")
    return [_zone(area) for area in areas if area is not None]


def _side(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError("a side is a number")
    side = float(value)
    if not isfinite(side):
        raise ValueError("a side is somewhere")
    return side


def _zone(area: Area) -> Zone:
    """In thousandths, rounded outwards so that no edge is left."""
    left, top = (min(floor(side * WHOLE + NOTHING), WHOLE - 1) for side in (area.left, area.top))
    right, bottom = ceil(area.right * WHOLE - NOTHING), ceil(area.bottom * WHOLE - NOTHING)
    return left, top, max(right, left + 1), max(bottom, top + 1)
