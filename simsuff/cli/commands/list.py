"""``simsuff list``: the studies, and what the registries hold: divergences, models, losses, encoders, statements."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simsuff.cli.common import usable

if TYPE_CHECKING:
    from simsuff.studies import Study

HELP = "list studies with their experiments, and all divergences, models, losses, encoders and statements"
REGISTRIES = {"divergences": "divergence", "models": "model", "losses": "loss", "encoders": "encoder"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="files or directories (default: simulations, where it exists)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def handle(arguments: argparse.Namespace) -> int:
    from simsuff.cli.common import print_json, print_text
    from simsuff.studies import discover

    paths = arguments.paths or [path for path in ("simulations",) if Path(path).is_dir()]
    with usable():
        studies = discover(paths) if paths else []
    listing = {"studies": [_study(study) for study in studies], **_registries()}
    if arguments.json:
        print_json(listing)
    else:
        print_text("\n".join(_lines(listing)) + "\n")
    return 0


def _study(study: "Study") -> dict[str, Any]:
    from simsuff.studies import SCALES

    experiments = [
        {
            "name": experiment.name,
            "statement": experiment.statement,
            "description": experiment.description,
            "tasks": {s: len(experiment.grids[s]) * experiment.replicates[s] for s in SCALES},
        }
        for experiment in study.experiments.values()
    ]
    about = {"title": study.title, "description": study.description, "path": study.source.path}
    return {"name": study.name, **about, "experiments": experiments}


def _registries() -> dict[str, list[dict[str, str]]]:
    """What the registries of the rooms hold: name and title of each, the id of each statement."""
    import numpy as np

    from simsuff import statements
    from simsuff.plugins import load_plugins, registry_of

    load_plugins()
    titles: dict[str, Callable[[Any], str]] = {
        "divergence": lambda entry: f"f(t) = {entry.expression}",
        "model": lambda entry: _first_line(type(entry(np.random.default_rng(0)))),
        "loss": _first_line,
        "encoder": _first_line,
    }
    listed = {}
    for room, kind in REGISTRIES.items():
        registry = registry_of(kind)
        listed[room] = [{"name": name, "title": titles[kind](registry[name])} for name in sorted(registry)]
    return listed | {"statements": [{"id": entry.id, "title": entry.title} for entry in statements.all()]}


def _first_line(documented: Any) -> str:
    import inspect

    return (inspect.getdoc(documented) or "").partition("\n")[0]


def _lines(listing: dict[str, Any]) -> list[str]:
    lines = []
    for study in listing["studies"]:
        lines += [f"{study['name']}: {study['title']}", f"    {study['path']}"]
        for experiment in study["experiments"]:
            tasks = ", ".join(f"{count} {scale}" for scale, count in experiment["tasks"].items())
            statement = f" ({experiment['statement']})" if experiment["statement"] else ""
            lines.append(
                f"    {experiment['name']}{statement}  {experiment['description']}  [tasks: {tasks}]"
            )
        lines.append("")
    for room in (*REGISTRIES, "statements"):
        names = [entry.get("name") or entry["id"] for entry in listing[room]]
        width = max(map(len, names), default=0)
        shown = zip(names, listing[room], strict=True)
        lines += [room, *(f"    {name:{width}}  {entry['title']}".rstrip() for name, entry in shown), ""]
    return lines[:-1]
