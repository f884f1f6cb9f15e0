"""Settings of Sphinx for the site; `build.py` collects the pages and calls it."""

import sys
from pathlib import Path

from simsuff import __version__

sys.path.insert(0, str(Path(__file__).parent))  # the extensions beside this file

project = "simsuff"
author = "The simsuff developers"
release = version = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "docstrings", "mathml"]
source_suffix = {".md": "markdown"}
nitpicky = False

myst_enable_extensions = ["dollarmath"]
myst_dmath_double_inline = True
myst_heading_anchors = 3

autodoc_typehints = "none"  # the docstrings say shapes and units, which types do not
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
default_role = "literal"

smartquotes = False  # f' is a derivative

html_theme = "furo"
html_title = f"simsuff {release}"
html_static_path = [str(Path(__file__).parent / "style.css")]
html_css_files = ["style.css"]
html_copy_source = False
html_show_sourcelink = False
