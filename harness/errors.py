"""The one error the harness raises for what its user can mend."""


class HarnessError(Exception):
    """What was expected, what was got, and how to fix it; printed without a traceback, exit status 1."""
