"""The Markdown pages of the repository as pages of the site: links lead to pages, anchors become targets."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Where the pages that do not lie in docs/ stand in the site.
ELSEWHERE = {
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "benchmarks/README.md": "benchmarks.md",
    "benchmarks/RESULTS.md": "benchmark_results.md",
}
ANCHOR = re.compile(r'^(#+ )<a id="([^"]+)"></a>', re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s:]+)\)")


def places() -> dict[Path, str]:
    """Every page of the repository that belongs to the site, with its name there."""
    found = {page: page.name for page in sorted((ROOT / "docs").glob("*.md"))}
    return found | {ROOT / page: name for page, name in ELSEWHERE.items()} | {ROOT / "README.md": "index.md"}


def as_page(page: Path, known: Mapping[Path, str]) -> tuple[str, set[Path]]:
    """The text of a page in the site, and the files that it links to and that are no pages."""
    shown: set[Path] = set()

    def follow(link: re.Match[str]) -> str:
        path, _, anchor = link[1].partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.is_file():  # a formula such as E[f](x)
            return link[0]
        if file in known:
            target = known[file] if path else ""
        elif file.parent == ROOT / "simulations":
            target = f"studies/{file.stem}.md"
        else:
            shown.add(file)
            target = f"{source_page(file)}.md"
        return f"]({target}{f'#{anchor.lower()}' if anchor else ''})"

    text = LINK.sub(follow, page.read_text(encoding="utf-8"))
    return ANCHOR.sub(r"(\2)=\n\1", text), shown


def source_page(file: Path) -> str:
    """The name of the page that shows a file of the repository."""
    return f"sources/{file.relative_to(ROOT)}"


def toctrees(index: str, names: Iterable[str]) -> str:
    """Hidden tables of contents, one for each section of the index that lists pages, and one for pages of no section."""
    listed: dict[str, list[str]] = {}
    for section in re.split(r"^## ", index, flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        listed[title] = re.findall(r"^\* \[[^\]]+\]\(([^)#:]+)\.md\)", body, re.MULTILINE)
    known = {page for pages in listed.values() for page in pages} | {"index"}
    listed["More"] = sorted({name.removesuffix(".md") for name in names} - known)
    trees = (f":caption: {title}\n\n" + "\n".join(pages) for title, pages in listed.items() if pages)
    return "\n".join(f"```{{toctree}}\n:hidden:\n{tree}\n```\n" for tree in trees)
