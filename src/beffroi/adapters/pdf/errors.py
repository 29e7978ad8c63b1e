"""What can go wrong when a page becomes a PDF.

PdfError
├── PdfTooLong    more pages, or a larger page of the screen, than is made
├── PdfTooSlow    it took too long
└── PdfFailed     the program that makes it failed: a fault of ours, or of the machine
"""


class PdfError(Exception):
    """No PDF was made."""


class PdfTooLong(PdfError):
    """It would have more pages than is made."""


class PdfTooSlow(PdfError):
    """It was not made in time."""


class PdfFailed(PdfError):
    """The program that makes it failed."""
