"""What a finding says, as a page shows it."""

import re
from typing import Final

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
COMMAND: Final = re.compile(r"`([^`]+)`")


@register.filter
def as_code(words: object) -> SafeString:
    """What stands between backticks, to be typed on the server, as such."""
    return mark_safe(COMMAND.sub(r'<code class="code">\1</code>', escape(str(words))))  # noqa: S308 - escaped just before
