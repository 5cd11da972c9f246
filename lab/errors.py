"""The one exception of the lab. Its text is what the user reads: what was found, what was expected, what to do."""


class LabError(Exception):
    pass
