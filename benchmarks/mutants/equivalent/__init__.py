"""Mutants that compute the same function, with the reason why no test of values can tell each from the original.

The keys are file, method and change, as the campaign prints them; one file per chapter. An entry that is no longer a
mutant, or that is caught after all, fails the campaign.
"""

from benchmarks.mutants.equivalent import (
    basics,
    beyond,
    convolutional,
    deep,
    generative,
    optimizers,
    parts,
    recurrent,
    speech,
)

Key = tuple[str, str, str]  # file, method, change

EQUIVALENT: dict[Key, str] = {
    (path, *place): reason
    for chapter in (basics, deep, convolutional, recurrent, speech, generative, beyond, parts, optimizers)
    for path, entries in chapter.EQUIVALENT.items()
    for place, reason in entries.items()
}
