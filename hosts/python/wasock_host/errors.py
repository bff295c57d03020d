"""What goes wrong, in words for people."""

from __future__ import annotations


class WasockError(Exception):
    """Something that cannot be done; `hint` is what helps."""

    def __init__(self, text: str, hint: str | None = None):
        super().__init__(text)
        self.hint = hint


class GuestFailed(WasockError):
    """A stage did not run to its end: the guest's `exception`, or a trap."""

    def __init__(self, text: str, stack: str = "", hint: str | None = None):
        super().__init__(text, hint)
        self.stack = stack
        """The calls that led to it, a line each; may be empty."""


class Interrupted(WasockError):
    """A stage ended since the host asked for it."""

    def __init__(self) -> None:
        super().__init__("the guest was interrupted")
