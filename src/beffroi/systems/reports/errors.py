"""What can go wrong with reports.

ReportError
├── NotOpen
├── NothingShown
├── CategoryClosed
├── ElsewhereError
├── TooMany
├── NotYours
├── NotCovered
├── BlankLeft
├── NoPhoto
├── TooHeavy
├── TooLarge
└── NoPicture
"""

from django.utils.translation import gettext_lazy as _


class ReportError(Exception):
    """A fault of the person who asks; `code` is stable, `message` is for them."""

    code = "report-error"
    message = _("This can't be done.")


class NotOpen(ReportError):
    """It is closed, or at another stage than the act needs."""

    code = "not-open"
    message = _("The report is at another stage by now: read it again.")


class NotYours(ReportError):
    """This act isn't theirs, or the report no longer is."""

    code = "not-yours"
    message = _("This isn’t yours to do, or somebody else has it by now.")


class NotCovered(ReportError):
    """Whoever had it before may be given it no more."""

    code = "not-covered"
    message = _(
        "Whoever had it before can’t be given it any more: no convention in force covers it, or the team is gone."
    )


class BlankLeft(ReportError):
    """Words for several reports leave a blank that nothing is known for, of this one."""

    code = "blank-left"
    message = _("What your words leave blank isn’t known of it.")


class NothingShown(ReportError):
    """Closing needs a photo of it mended, or a reason in words."""

    code = "nothing-shown"
    message = _("Show it mended with a photo, or say in words why it is closed.")


class CategoryClosed(ReportError):
    """The category takes no reports from this person."""

    code = "category-closed"
    message = _("This kind of fault can't be reported here.")


class ElsewhereError(ReportError):
    """The place lies outside the authority."""

    code = "elsewhere"
    message = _("This place lies outside the authority: choose another one on the map.")


class TooMany(ReportError):
    """More photos than a report takes."""

    code = "too-many-photos"
    message = _("A report takes ten photos at most.")


class NoPhoto(ReportError):
    """It is no kind of photograph that is read, whatever its name says."""

    code = "no-photo"
    message = _("One of these files is no photo: take JPEG, PNG, WebP, HEIC or AVIF.")


class TooHeavy(ReportError):
    """More bytes than a photo has."""

    code = "too-heavy"
    message = _("One of these photos is bigger than 25 MB: take it again, smaller.")


class TooLarge(ReportError):
    """More points than a photo has: a picture made to fill a machine's memory says so at its head."""

    code = "too-large"
    message = _("One of these photos has too many points: take it again in your camera’s ordinary size.")


class NoPicture(ReportError):
    """A photo's file can't be drawn on: it is damaged, or gone."""

    code = "no-picture"
    message = _("This photo’s file can’t be read any more: refuse it.")
