"""The sections of the page: what each says, from rows."""
