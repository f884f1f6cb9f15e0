"""Is a saved certificate a proof? One pass over its tree, every leaf re-proved from the claim alone."""

import json
from collections.abc import Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import Any, NamedTuple

import sympy as sp

from simsuff.certificates.checker.leaves import Leaf, Prover
from simsuff.certificates.checker.statement import read_statement
from simsuff.certificates.checker.tree import leaves_of
from simsuff.divergences import Divergence
from simsuff.numerics.budget import OutOfTime, within
from simsuff.numerics.validation import refuse


class Checked(NamedTuple):
    """What a certificate proves: the claim, its generators by name, the route, the number of leaves."""

    claim: str
    generators: dict[str, str]
    route: str
    boxes: int


def check(
    certificate: Mapping[str, Any] | str | PathLike[str],
    divergences: Mapping[str, Divergence] | None = None,
    max_seconds: float = 60.0,
) -> Checked:
    """Re-check a certificate, given as a mapping or as the path of its JSON file.

    Parameters
    ----------
    divergences : the user-made divergences that the claim names; a generator that differs from the one of that name
        here or in the catalogue is refused.
    max_seconds : the budget of time.

    Raises
    ------
    ValueError : where the certificate proves less than it claims, or is not checked within the budget.
    """
    content = _content(certificate)
    try:
        return within(max_seconds, lambda: _checked(content, divergences or {}))
    except OutOfTime as error:
        allowed = f"be checked within {max_seconds:g} s"
        raise refuse(
            "certificate", f"claim = {content['claim']}", allowed, "allow more by max_seconds"
        ) from error


def _checked(content: Mapping[str, Any], divergences: Mapping[str, Divergence]) -> Checked:
    statement = read_statement(content, divergences)
    groups: dict[tuple[str, str, str, tuple[int, ...]], list[Leaf]] = {}
    for leaf in leaves_of(statement, content["trees"]):
        groups.setdefault((leaf.chart, leaf.form, leaf.rule, leaf.detail), []).append(leaf)
    provers: dict[str, Prover] = {}
    for (chart, *_), leaves in groups.items():
        if chart not in provers:
            provers[chart] = Prover(statement, leaves[0].frame, _expressions(content, chart))
        provers[chart].prove(leaves)
    generators = {name: sp.sstr(f) for name, f in zip(statement.names, statement.generators, strict=True)}
    return Checked(statement.text, generators, statement.route, sum(map(len, groups.values())))


def _content(certificate: Any) -> dict[str, Any]:
    if not isinstance(certificate, Mapping):
        path = Path(fspath(certificate))
        try:
            certificate = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise refuse(
                "certificate", str(path), "be a readable JSON file", "save it with certificates.save"
            ) from error
    if not isinstance(certificate, Mapping):
        raise refuse(
            "certificate", type(certificate).__name__, "be a JSON object", "save it with certificates.save"
        )
    for key, kind in (
        ("claim", str),
        ("route", str),
        ("generators", dict),
        ("trees", dict),
        ("expressions", dict),
    ):
        if not isinstance(certificate.get(key), kind):
            raise refuse(
                "certificate", f"{key} = {certificate.get(key)!r:.60}", f"hold {key}", "save it again"
            )
    return dict(certificate)


def _expressions(content: Mapping[str, Any], chart: str) -> dict[str, str]:
    found = content["expressions"].get(chart, {})
    return dict(found) if isinstance(found, Mapping) else {}
