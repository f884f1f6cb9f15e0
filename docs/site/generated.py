"""Pages that are written from the library itself, so that they cannot drift: statements, studies, public names."""

import importlib
import inspect
import json
import re
import shutil
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import simsuff
from simsuff import DIVERGENCES, statements
from simsuff.cli.commands.show import described, theory_section
from simsuff.statements.paper import ITEMS
from simsuff.studies import SCALES, Study, discover

ROOT = Path(__file__).parents[2]
# An index in the plain text of a formula: `_` or `^`, then a word or what stands in braces.
INDEX = r"[_^](?:\{[^{}]*\}|[A-Za-zα-ωΑ-Ω0-9ℓ⊗∞⋆*¼½]+)"
STATEMENTS = """# Every statement

{count} statements, {true} that hold and {false} that are false, of which the tests demand a counterexample. The page is
written from the registry `simsuff.statements`; `simsuff show ID` prints the same with an example that runs. Each id
leads to [the theory](theory.md), which has the formula with its constants and a proof.
"""
STUDIES = """# Studies

Each study is one file of `simulations/`; `simsuff run` sweeps its experiments over their grids
([how to write one](../studies.md)).
"""
READING = """## How to read the figure

Points are measured, lines are what theory says; the bars are intervals of the estimates. Each row behind a point has a
verdict: [what the words mean](../verdicts.md)."""
NO_FIGURE = """```{note}
This site was built without a run of this study. `make report` runs it; `make docs` then shows its figure here.
```"""
API = """# Public names

What `import simsuff as ss` offers, by room ([the rooms](../architecture.md)). These names are stable.
"""


def plain(text: str) -> str:
    """Text of a docstring in Markdown: nothing in it is markup but what stands in backticks."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(
        part if part[:1] == "`" else re.sub(r"([\\*_\[\]<>|$#~])", r"\\\1", part) for part in parts
    )


def formula(text: str) -> str:
    """The same with the indices of formulas set, as in `r_{T'}`, `E_⊗` and `Suff_KL`; `le_cam` stays a name."""

    def shown(part: str) -> str:
        tag = {"_": "sub", "^": "sup"}.get(part[:1])
        return f"<{tag}>{plain(part[1:].strip('{}'))}</{tag}>" if tag else plain(part)

    return "".join(map(shown, re.split(rf"(`[^`]*`|{'|'.join(DIVERGENCES)}|{INDEX})", text)))


def statements_page() -> str:
    """Every statement: id, title, formula, arguments with their conditions, status, items of the paper."""
    entries = [entry for entry in statements.all() if entry.function.__module__.startswith("simsuff.")]
    count = {"count": len(entries), "true": sum(entry.holds for entry in entries)}
    parts = [STATEMENTS.format(**count, false=count["count"] - count["true"])]
    names = {item.key: item.name for item in ITEMS}
    for letter, group in groupby(entries, key=lambda entry: entry.id[0]):
        title = theory_section(letter).partition("\n")[0].strip() or letter
        parts.append(f"## {title}")
        for entry in group:
            found = described(entry.id)
            section = entry.id.partition("-")[0]
            parts.append(f"### [{entry.id}](theory.md#{section.lower()})\n\n**{formula(entry.title)}.**")
            parts.append(formula(found["formula"]))
            lines = [f"*Status:* {found['status']}."]
            if entry.sharp:
                lines.append(f"*Sharp:* {formula(entry.sharp)}.")
            lines += [f"`{name}`: {plain(meaning)}." for name, meaning in found["arguments"].items()]
            if entry.paper:
                links = (f"[{plain(names[key])}](paper.md#{key})" for key in entry.paper)
                lines.append(f"*In the paper:* {'; '.join(links)}.")
            parts.append("\n".join(f"* {line}" for line in lines))
    return "\n\n".join(parts) + "\n"


def study_pages(out: Path, run: Path | None) -> Iterator[tuple[str, str]]:
    """Name and text of each study's page, and of the page that lists them; figures of `run` are copied below `out`."""
    found = discover([str(ROOT / "simulations")])
    listed = [f"* [{formula(study.title)}]({study.name}.md)" for study in found]
    tree = "\n".join(study.name for study in found)
    yield (
        "studies/index.md",
        "\n".join([STUDIES, *listed, "", f"```{{toctree}}\n:hidden:\n\n{tree}\n```", ""]),
    )
    for study in found:
        figure = _figure(study, out, run)
        parts = [
            f"# {study.name}",
            f"**{formula(study.title)}**",
            formula(study.description),
            figure or NO_FIGURE,
        ]
        parts += [READING] if figure else []
        parts += ["## Experiments", _experiments(study), "## The file", _source(study.name)]
        yield f"studies/{study.name}.md", "\n\n".join(part for part in parts if part) + "\n"


def _figure(study: Study, out: Path, run: Path | None) -> str:
    """The figure of the study in a run, with where it comes from; empty where the run has none."""
    drawn = run / "figures" / f"{study.name}.svg" if run else None
    if run is None or drawn is None or not drawn.is_file():
        return ""
    shutil.copy(drawn, out / "studies" / drawn.name)
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    made = f"Scale {record['scale']}, seed {record['seed']}, simsuff {record['versions']['simsuff']}"
    return f"```{{figure}} {drawn.name}\n:alt: Figure of {study.name}. {study.title}\n\n{made}.\n```"


def _experiments(study: Study) -> str:
    lines = ["| experiment | statement | what it measures | tasks |", "| --- | --- | --- | --- |"]
    known = {entry.id for entry in statements.all()}
    for experiment in study.experiments.values():
        id = experiment.statement
        shown = f"[{id}](../theory.md#{id.partition('-')[0].lower()})" if id in known else id
        tasks = (f"{len(experiment.grids[s]) * experiment.replicates[s]} {s}" for s in SCALES)
        name = plain(experiment.name).replace(r"\_", r"\_<wbr>")
        lines.append(f"| {name} | {shown} | {formula(experiment.description)} | {', '.join(tasks)} |")
    return "\n".join(lines)


def _source(name: str) -> str:
    command = f"simsuff run simulations/{name}.py --scale default --out results/{name}"
    return f"```sh\n{command}\n```\n\n{listing(ROOT / 'simulations' / f'{name}.py')}"


def listing(file: Path) -> str:
    """The text of a file as a block of code."""
    language = {".py": "python", ".cff": "yaml"}.get(file.suffix, "text")
    return f"`````{language}\n{file.read_text(encoding='utf-8')}`````"


def api_pages() -> Iterator[tuple[str, str]]:
    """Name and text of each page of the reference, one for each room that has public names."""
    homes: dict[str, list[str]] = {}
    for name, home in sorted(simsuff._HOMES.items()):
        module = home if home != "simsuff" else f"simsuff.{name}"
        offered = importlib.import_module(module).__all__ if home == "simsuff" else [name]
        homes.setdefault(module, []).extend(offered)
    rooms = sorted(homes)
    tree = "\n".join(room.removeprefix("simsuff.") for room in rooms)
    listed = [f"* [{room}]({room.removeprefix('simsuff.')}.md): {_names(homes[room])}" for room in rooms]
    yield "api/index.md", "\n".join([API, *listed, "", f"```{{toctree}}\n:hidden:\n\n{tree}\n```", ""])
    for room in rooms:
        title = (inspect.getdoc(importlib.import_module(room)) or room).partition("\n")[0]
        parts = [f"# {room}", plain(title), *(_entry(room, name) for name in dict.fromkeys(homes[room]))]
        yield f"api/{room.removeprefix('simsuff.')}.md", "\n\n".join(parts) + "\n"


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in dict.fromkeys(names))


def _entry(room: str, name: str) -> str:
    value: Any = getattr(importlib.import_module(room), name)
    if inspect.isclass(value):
        directive, options = "autoclass", ["   :members:", "   :inherited-members: " + INHERITED]
    elif inspect.isroutine(value):
        directive, options = "autofunction", []
    else:
        return f"## {name}\n\nA registry: {_names(sorted(value))}."
    body = "\n".join([f".. {directive}:: {room}.{name}", *options])
    return f"## {name}\n\n```{{eval-rst}}\n{body}\n```"


# Classes of Python whose own members are not ours to describe.
INHERITED = "object, tuple, str, Enum, Exception, BaseException, KeyboardInterrupt, Generic, Protocol, ABC"
