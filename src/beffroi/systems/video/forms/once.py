"""A form that is sent twice is one act: its page names it, and so does what was typed."""

from uuid import UUID, uuid5

from django import forms


class OnceForm(forms.Form):
    """`submission` is the page's, kept when it comes back to be corrected."""

    submission = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def sent(self) -> UUID | None:
        """What two presses of the same form have in common; a form that was changed since is another. None for one without a page."""
        page = self.cleaned_data.get("submission")
        if page is None:
            return None
        typed = {name: value for name, value in self.data.items() if name in self.fields}
        return uuid5(page, repr(sorted(typed.items())))
