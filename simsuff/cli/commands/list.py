"""``simsuff list``: which studies are there, and which elements can they use?"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simsuff.cli.options import usable

if TYPE_CHECKING:
    from simsuff.studies import Study

HELP = "list studies with their experiments and statements, and the registries"
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


def _registries() -> dict[str, list[str]]:
    """The names in the registries of the rooms."""
    import importlib

    from simsuff import statements

    rooms = {room: importlib.import_module(f"simsuff.{room}") for room in REGISTRIES}
    names = {room: sorted(getattr(module, REGISTRIES[room])) for room, module in rooms.items()}
    return {**names, "statements": [statement.id for statement in statements.all()]}


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
    lines += [f"{room}: {', '.join(listing[room])}" for room in (*REGISTRIES, "statements")]
    return lines
