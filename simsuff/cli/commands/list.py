"""``simsuff list``: the studies, and what the registries hold: divergences, models, losses, encoders, statements."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simsuff.cli.options import usable

if TYPE_CHECKING:
    from simsuff.studies import Study

HELP = "list studies with their experiments, and all divergences, models, losses, encoders and statements"
REGISTRIES = {"divergences": "DIVERGENCES", "models": "MODELS", "losses": "LOSSES", "encoders": "ENCODERS"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to look and the form."""
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="files or directories (default: simulations, where it exists)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def handle(arguments: argparse.Namespace) -> int:
    """Discover and print."""
    import json

    from simsuff.cli.output import print_text
    from simsuff.studies import discover

    paths = arguments.paths or [path for path in ("simulations",) if Path(path).is_dir()]
    with usable():
        studies = discover(paths) if paths else []
    listing = {"studies": [_study(study) for study in studies], **_registries()}
    text = json.dumps(listing, indent=1) + "\n" if arguments.json else "\n".join(_lines(listing)) + "\n"
    print_text(text)
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
    import importlib

    import numpy as np

    from simsuff import statements
    from simsuff.plugins import load_plugins

    load_plugins()
    rooms = {
        room: getattr(importlib.import_module(f"simsuff.{room}"), name) for room, name in REGISTRIES.items()
    }
    titles = {
        "divergences": lambda entry: f"f(t) = {entry.expression}",
        "models": lambda entry: _first_line(type(entry(np.random.default_rng(0)))),
        "losses": _first_line,
        "encoders": _first_line,
    }
    listed = {
        room: [{"name": name, "title": titles[room](rooms[room][name])} for name in sorted(rooms[room])]
        for room in REGISTRIES
    }
    known = [{"id": entry.id, "title": entry.title} for entry in statements.all()]
    return {**listed, "statements": known}


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
