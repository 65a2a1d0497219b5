"""The sections of the page, each computed from rows."""
