"""Mutants that compute the same function: why no test of the values could tell each from the original.

By file, method, and what is changed, as the campaign prints it; a file a chapter. An entry that no longer is a mutant,
or that is noticed after all, fails the campaign.
"""

from benchmarks.mutants.equivalent import basics, convolutional, deep, optimizers, parts, recurrent

Key = tuple[str, str, str]  # file, method, change

EQUIVALENT: dict[Key, str] = {
    (path, *place): reason
    for chapter in (basics, deep, convolutional, recurrent, parts, optimizers)
    for path, entries in chapter.EQUIVALENT.items()
    for place, reason in entries.items()
}
