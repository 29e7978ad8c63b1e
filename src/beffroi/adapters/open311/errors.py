"""What can be wrong with a document of another town's server.

UnreadableError    it isn't what the specification says, or more than anybody needs; `code` says why, never what it held
"""


class UnreadableError(ValueError):
    """Nothing can be made of a document."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
