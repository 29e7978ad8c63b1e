"""Pages that may be had on paper, as a PDF: each app names its own routes in `ready()`, the shell makes what they show into one."""

PAPERS: set[str] = set()


def register_paper(*routes: str) -> None:
    """The pages of these routes have a PDF at the same address, with `?format=pdf`: their templates say `{% paper %}`."""
    PAPERS.update(routes)
