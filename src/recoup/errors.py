"""The one exception a user may see."""

from __future__ import annotations


class RecoupError(Exception):
    """A mistake or an outage that the user can mend.

    The message is one sentence: what is wrong, where (file, row, column), and what to do. The command line prints it
    alone and ends with exit code 2; anything else is a defect of ours and keeps its stack trace.
    """

    exit_code = 2


class StageFailedError(RecoupError):
    """A stage did its work and found that the day must not go on, such as a critical audit finding. Exit code 1."""

    exit_code = 1
