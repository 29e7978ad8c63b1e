"""Fields and drawings are written the same way everywhere, and say aloud what they show."""

import re

import pytest
from django import forms
from django.template import Context, Template

from beffroi.web.templatetags.shell import UnknownIconError, icon_names


class Order(forms.Form):
    reference = forms.CharField(label="Reference", help_text="On the sticker")
    secret = forms.CharField(label="Secret", widget=forms.PasswordInput, required=False)
    step = forms.ChoiceField(label="Step", choices=[("a", "Observe"), ("b", "Identify")], widget=forms.RadioSelect)
    agreed = forms.BooleanField(label="Agreed", help_text="By both")


def drawn(template: str, **context: object) -> str:
    return Template(template).render(Context(context))


def field(form: forms.Form, name: str) -> str:
    return drawn("{{ field.as_field_group }}", field=form[name])


GOOD = {"reference": "PM-1", "step": "a", "agreed": "on"}


def test_label_hint_and_error_stand_before_the_control_and_are_tied_to_it() -> None:
    html = field(Order(GOOD | {"reference": ""}), "reference")
    places = [html.index(mark) for mark in ('<label for="id_reference"', 'class="hint"', 'class="errorlist"', "<input")]
    assert places == sorted(places)
    described = re.search(r'aria-describedby="([^"]+)"', html)
    assert described is not None
    assert all(f'id="{part}"' in html for part in described.group(1).split())
    assert 'aria-invalid="true"' in html


def test_only_wrong_field_takes_the_focus_and_a_summary_takes_it_from_several() -> None:
    one, several = Order(GOOD | {"reference": ""}), Order({"step": "a"})
    summary = '{% include "web/error_summary.html" %}'
    assert "autofocus" in field(one, "reference")
    assert drawn(summary, form=one).strip() == ""
    assert "autofocus" not in field(several, "reference")
    assert "autofocus" in drawn(summary, form=several)
    assert 'href="#id_reference"' in drawn(summary, form=several)


def test_nothing_takes_the_focus_while_nothing_is_wrong() -> None:
    assert all("autofocus" not in field(Order(), name) for name in ("reference", "secret", "step", "agreed"))


def test_choices_are_a_group_with_its_name_and_each_line_is_a_target() -> None:
    html = field(Order(GOOD | {"step": ""}), "step")
    assert html.startswith('<fieldset class="choices invalid" aria-describedby=')
    assert "<legend>Step</legend>" in html
    assert len(re.findall(r'<label class="choice"><input type="radio"', html)) == 2


def test_checkbox_is_one_target_with_its_hint() -> None:
    html = field(Order(GOOD), "agreed")
    assert re.search(r'<label class="choice" for="id_agreed"><input type="checkbox"', html)
    assert 'id="id_agreed_helptext"' in html


def test_password_has_a_button_that_names_what_it_shows() -> None:
    html = field(Order(), "secret")
    assert 'data-reveal="id_secret"' in html
    assert re.search(r'class="visually-hidden"> Secret</span>', html)
    assert "(optional)" in html or "(facultatif)" in html


def test_icon_is_silent_and_an_unknown_one_is_a_defect() -> None:
    assert 'aria-hidden="true"' in drawn('{% icon "key" %}')
    assert "key" in icon_names()
    with pytest.raises(UnknownIconError):
        drawn('{% icon "unicorn" %}')


def test_qr_code_is_a_named_drawing_with_no_style_of_its_own() -> None:
    html = drawn("{% qr text label %}", text="otpauth://totp/x?secret=ABC", label='Code "A"')
    assert html.startswith('<svg role="img" aria-label="Code &quot;A&quot;"')
    assert "style=" not in html
    assert "data:" not in html
    assert 'class="qr"' in html


@pytest.mark.parametrize(("secret", "groups"), [("ABCDEFGHIJ", "ABCD EFGH IJ"), ("", "")])
def test_a_key_to_copy_is_written_in_groups(secret: str, groups: str) -> None:
    assert drawn("{{ secret|in_fours }}", secret=secret) == groups
