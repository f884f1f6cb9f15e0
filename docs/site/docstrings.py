"""Docstrings in the house's form, with sections of `name : meaning`, as reStructuredText for autodoc."""

import re
from typing import Any

SECTIONS = ("Parameters", "Attributes", "Returns", "Raises", "Notes", "Examples")
# An index in plain text: what stands in braces, or so short that it is no part of a name such as `n_used`.
INDEX = r"(?<=\w)[_^](?:\{[^{}`]*\}|[⊗∞⋆]|(?:[A-Z]{1,3}|[a-z\d]{1,2})(?![A-Za-z\d_]))"


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
        elif section not in ("", "Notes") and (" : " in line or following[:1] == " ") and line[:1].strip():
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
    """Code as code, indices set, and outside of them nothing that is markup: `r*`, `|r|`, `E_` and `**options`."""
    parts = re.split(rf"(`+[^`]+`+|{INDEX})", line)
    for number, part in enumerate(parts):
        role = {"_": "sub", "^": "sup"}.get(part[:1])
        if number % 2 and role:
            parts[number] = rf"\ :{role}:`{part[1:].strip('{}')}`\ "
        elif number % 2:
            joined = parts[number + 1][:1] not in ("", " ", ".", ",", ";", ":", ")")
            parts[number] = f"``{part.strip('`')}``" + (r"\ " if joined else "")
        else:
            parts[number] = re.sub(r"([*|_\\])", r"\\\1", part)
    return "".join(parts)


def setup(app: Any) -> dict[str, bool]:
    """Hand each docstring that autodoc reads through `restructured`."""

    def process(_app: Any, _what: str, _name: str, _object: Any, _options: Any, lines: list[str]) -> None:
        lines[:] = restructured(lines)

    app.connect("autodoc-process-docstring", process)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
