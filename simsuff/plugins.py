"""Elements from outside: divergences, models, losses, encoders and statements of other packages join the registries.

A package names a module under the entry point group ``simsuff.plugins``; importing it registers what it adds, with
`register` and the decorator `statement`. The module is imported when a registry is first asked by the command line,
by `simsuff.statements.all`, or for a name that is not its own. Without an entry point, import the module yourself.
"""

import importlib
from importlib.metadata import entry_points
from typing import Any

from simsuff.numerics.validation import one_of, require

GROUP = "simsuff.plugins"
# kind -> module and attribute of its registry
REGISTRIES = {
    "divergence": ("simsuff.divergences.catalogue", "DIVERGENCES"),
    "model": ("simsuff.models.registry", "MODELS"),
    "loss": ("simsuff.losses.registry", "LOSSES"),
    "encoder": ("simsuff.encoders", "ENCODERS"),
}


def register(kind: str, name: str, element: Any) -> Any:
    """Add an element of your own to a registry, and return it.

    It is then found by its name, listed by ``simsuff list``, and takes part in the contract tests that run over the
    registry. Statements are registered by the decorator `simsuff.statements.statement`; a study is a file of its own,
    for ``simsuff run FILE``.

    Parameters
    ----------
    kind : ``divergence`` (a `Divergence`), ``model`` (a function of a Generator that builds an example; statements
        whose `model` is annotated with its class then draw it), ``loss`` (a function
        ``(u, v, **options) -> (value, du, dv)``) or ``encoder`` (a class).
    name : a name that is not taken by the library; one of your own may be registered again.
    element : the object itself.

    Raises
    ------
    ValueError : for an unknown kind, an element of another type, or a name of the library.

    Examples
    --------
    >>> import simsuff as ss
    >>> quartic = ss.register("divergence", "quartic", ss.Divergence("quartic", f="(t-1)**4 + (t-1)**2"))
    >>> ss.divergence("quartic") is quartic
    True
    >>> round(float(ss.FiniteModel([[0.4, 0.1], [0.1, 0.4]]).information("quartic")), 6)
    0.4896
    """
    one_of("kind", kind, REGISTRIES, "statements have a decorator")
    require(isinstance(name, str) and name, "name", name, "be a string", "name the element")
    good, allowed, way_out = callable(element), "be callable", "pass the function or class itself"
    if kind == "divergence":
        from simsuff.divergences import Divergence

        good, allowed, way_out = (
            isinstance(element, Divergence),
            "be a Divergence",
            "build one from its formula",
        )
    require(good, "element", f"type = {type(element).__name__}", allowed, way_out)
    registry = registry_of(kind)
    own = _added.setdefault(kind, set())
    taken = name in registry and name not in own
    require(not taken, "name", name, "be new", "it is an element of the library; choose another name")
    own.add(name)
    if kind == "divergence":
        registry.add(element, name)
    elif kind == "model":
        importlib.import_module("simsuff.models").register_model(name, element)
    else:
        registry[name] = element
    return element


def registry_of(kind: str) -> Any:
    """The registry of a kind of element."""
    module, attribute = REGISTRIES[kind]
    return getattr(importlib.import_module(module), attribute)


def load_plugins() -> None:
    """Import every module of the entry point group that this process has not imported for it yet."""
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        if point.value not in _loaded:
            _loaded.add(point.value)  # before it runs: the module may itself ask a registry
            point.load()


_added: dict[str, set[str]] = {}
_loaded: set[str] = set()
