"""Docstrings in the house's form, with sections of `name : meaning`, as reStructuredText for autodoc."""

import re
from typing import Any

SECTIONS = ("Parameters", "Attributes", "Returns", "Raises", "Notes", "Examples")


def restructured(lines: list[str]) -> list[str]:
    """The lines of a docstring, with its sections as headings and lists of definitions."""
    found: list[str] = []
    section = ""
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if line in SECTIONS and following.startswith("---"):
            section = line
            found += ["", f".. rubric:: {section}", ""]
        elif section and line.startswith("---"):
            continue
        elif section == "Examples":
            found.append(line)
        elif section in ("Parameters", "Attributes", "Returns", "Raises") and line and line[0] != " ":
            found += _definition(line)
        else:
            found.append(_escaped(line))
    return found


def _definition(line: str) -> list[str]:
    """`name, other : what they mean`, or a name whose meaning follows on the next lines, indented."""
    names, colon, meaning = line.partition(" : ")
    term = ", ".join(f"``{name.strip('`')}``" for name in names.split(", "))
    return ["", term, *([f"    {_escaped(meaning)}"] if colon else [])]


def _escaped(line: str) -> str:
    """What reStructuredText would take for markup, outside of code: `r*`, `|r|`, `E_` and `**options`."""
    parts = re.split(r"`+([^`]+)`+", line)
    for code in range(1, len(parts), 2):
        joined = parts[code + 1][:1] not in ("", " ", ".", ",", ";", ":", ")")
        parts[code] = f"``{parts[code]}``" + (r"\ " if joined else "")
    parts[::2] = [re.sub(r"([*|_\\])", r"\\\1", text) for text in parts[::2]]
    return "".join(parts)


def setup(app: Any) -> dict[str, bool]:
    """Hand each docstring that autodoc reads through `restructured`."""

    def process(_app: Any, _what: str, _name: str, _object: Any, _options: Any, lines: list[str]) -> None:
        lines[:] = restructured(lines)

    app.connect("autodoc-process-docstring", process)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
