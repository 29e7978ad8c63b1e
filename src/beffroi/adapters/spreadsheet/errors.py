"""Why a file gives no rows.

SheetError
├── NotASheet      neither text in columns nor a workbook
├── SheetTooLarge  more bytes, rows or content than is read
└── SheetEmpty     no row under its headings
"""


class SheetError(Exception):
    """No rows."""


class NotASheet(SheetError):
    """Neither text in columns nor a workbook that can be read."""


class SheetTooLarge(SheetError):
    """More than is read."""


class SheetEmpty(SheetError):
    """No heading, or nothing under the headings."""
