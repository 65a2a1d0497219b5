"""A model of the catalogue, by name: its facts, imported when they are needed."""

from dataclasses import dataclass
from importlib import import_module

from shared.errors import unknown
from shared.spec import Spec, Variant


@dataclass(frozen=True)
class Entry:
    """One model of the lecture. Its file is imported when one of its facts is needed."""

    name: str
    chapter: str

    @property
    def spec_class(self) -> type[Spec]:
        """The one subclass of `Spec` that the model's file defines."""
        module = import_module(f"shared.{self.chapter}.{self.name}")
        own = [kind for kind in vars(module).values() if getattr(kind, "__module__", "") == module.__name__]
        (found,) = (kind for kind in own if isinstance(kind, type) and issubclass(kind, Spec))
        return found

    @property
    def class_name(self) -> str:
        """The name of the model's class, the same in all three trees."""
        return self.spec_class.__name__

    @property
    def section(self) -> str:
        """The section of the lecture."""
        return self.spec_class.section

    @property
    def summary(self) -> str:
        """The model in one line."""
        return self.spec_class.summary

    @property
    def variants(self) -> dict[str, Variant]:
        """The variants that run by default, "plain" first."""
        return self.spec_class.variants

    @property
    def on_request(self) -> dict[str, Variant]:
        """The variants on data that do not ship, which run only if asked for by name."""
        return self.spec_class.on_request

    @property
    def without_baseline(self) -> str:
        """Why the model has no baseline of the frameworks' own layers; "" if it has one."""
        return self.spec_class.without_baseline

    def variant(self, name: str) -> Variant:
        """A variant, also one on request; raises `UsageError` with the nearest name if there is none of this name."""
        every = self.variants | self.on_request
        if name not in every:
            raise unknown(f"variant of {self.name}", name, every)
        return every[name]

    def spec(self, variant: str = "plain", size: str = "small", **changes: object) -> Spec:
        """The model's spec in a variant and a size; a model without a size "proof" is proven in size "small"."""
        sizes = self.spec_class.sizes
        if size == "proof" and size not in sizes:
            size = "small"
        if size not in sizes:
            raise unknown("size", size, sizes)
        described = self.variant(variant)
        smaller = described.proof if size == "proof" else {}
        return self.spec_class(**{**sizes[size], **described.changes, **smaller, **changes})

    def path(self, tree: str) -> str:
        """The model's file in one of the three trees (shared, static_tf, dynamic_torch)."""
        return f"{tree}/{self.chapter}/{self.name}.py"
