"""A process that has much open asks the directory all the same."""

import os
import resource

from tests.directory import PASSWORD, directory, proven

FD_SETSIZE = 1024  # what select() bears, at most


def test_a_process_with_a_thousand_files_open_asks_too() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with directory() as hall:
        hall.hire("ada", "Ada Vauban")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * FD_SETSIZE), hard))
        many = [os.open(os.devnull, os.O_RDONLY)]
        try:
            while many[-1] < FD_SETSIZE:
                many.append(os.dup(many[0]))
            found = proven(hall.place(), "ada", PASSWORD)
        finally:
            for each in many:
                os.close(each)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert found is not None
    assert found.name == "Ada Vauban"
