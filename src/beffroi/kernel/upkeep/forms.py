"""What an authority writes on its sheet."""

from typing import TYPE_CHECKING

from django import forms

from beffroi.kernel.upkeep.actions.sheets import WRITTEN
from beffroi.kernel.upkeep.models import Sheet

if TYPE_CHECKING:
    SheetsForm = forms.ModelForm[Sheet]
else:
    SheetsForm = forms.ModelForm


class SheetForm(SheetsForm):
    """Three texts, none of them needed."""

    class Meta:
        model = Sheet
        fields = WRITTEN
        widgets = {name: forms.Textarea(attrs={"rows": 4}) for name in WRITTEN}
