"""Build the site: collect the pages, write those that follow from the library, and call Sphinx; warnings are errors.

    python docs/site/build.py --out build/site --run results/default

Nothing is fetched, neither here nor by the pages. The figures are those of the run directory, where it exists.
"""

import argparse
import re
import shutil
import sys
from pathlib import Path

from generated import api_pages, listing, statements_page, study_pages
from pages import ROOT, as_page, places, source_page, toctrees
from sphinx.cmd.build import main as sphinx

# Sections of docs/index.md, and the generated pages that they list after those of the repository.
GENERATED = {
    "The theory": "* [Every statement](statements.md): title, formula, arguments and status, from the registry",
    "Studies": "* [All studies](studies/index.md): what each one measures, its figure and its code",
    "Reference": "* [Public names](api/index.md): classes and functions, each with an example",
}


def collect(source: Path, run: Path | None) -> None:
    """Write every page of the site below `source`, which is emptied first."""
    shutil.rmtree(source, ignore_errors=True)
    for folder in ("studies", "api"):
        (source / folder).mkdir(parents=True)
    known, shown = places(), set[Path]()
    for page, name in known.items():
        if page != ROOT / "README.md":
            text, files = as_page(page, known)
            shown |= files
            _write(source / name, text)
    for file in sorted(shown):
        _write(
            source / f"{source_page(file)}.md", f"---\norphan: true\n---\n# {file.name}\n\n{listing(file)}\n"
        )
    _write(source / "statements.md", statements_page())
    for name, text in [*study_pages(source, run), *api_pages()]:
        _write(source / name, text)
    index = (source / "index.md").read_text(encoding="utf-8")
    for section, line in GENERATED.items():
        index = index.replace(f"## {section}\n\n", f"## {section}\n\n{line}\n")
    _write(source / "index.md", f"{index}\n{toctrees(index, known.values())}")


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def fetched(html: Path) -> list[str]:
    """What the pages would load over the network: scripts, styles, fonts and images with an address."""
    loads = re.compile(
        r"""<(?:script|link|img|iframe)\b[^>]*?(?:src|href)=["'](?:https?:)?//[^>]*>|url\(["']?(?:https?:)?//.*?\)"""
    )
    files = [file for kind in ("html", "css") for file in sorted(html.rglob(f"*.{kind}"))]
    found = ((file, match) for file in files for match in loads.findall(file.read_text(encoding="utf-8")))
    return [f"{file.relative_to(html)}: {match}" for file, match in found]


def main() -> int:
    """Collect and build; the exit status is that of Sphinx."""
    parser = argparse.ArgumentParser(description="Build the site.")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "site", help="where it is written")
    parser.add_argument("--run", type=Path, help="a run directory whose figures are shown, if it exists")
    arguments = parser.parse_args()
    run = arguments.run if arguments.run and (arguments.run / "run.json").is_file() else None
    source, html = arguments.out / "source", arguments.out / "html"
    collect(source.resolve(), run)
    shutil.rmtree(html, ignore_errors=True)
    folders = ["-c", str(Path(__file__).parent), "-d", str(arguments.out / "doctrees")]
    options = ["-q", "-W", "--keep-going", "-E", "-b", "html", *folders]
    status = sphinx([*options, str(source), str(html)])
    for line in fetched(html):
        print(f"fetched from elsewhere: {line}", file=sys.stderr)
        status = 1
    if status == 0:
        print(f"open {html / 'index.html'}" + ("" if run else "; figures need `make report` first"))
    return status


if __name__ == "__main__":
    sys.exit(main())
