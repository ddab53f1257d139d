"""How Sphinx builds the site from these pages, the docstrings and the examples."""

from __future__ import annotations

import os
import re

import sklearn_abmtl

os.environ.setdefault("OMP_NUM_THREADS", "1")

project = "sklearn_abmtl"
author = copyright = "The sklearn_abmtl developers"
version = release = sklearn_abmtl.__version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
templates_path = ["_templates"]
exclude_patterns = ["conftest.py", "gallery/*.ipynb", "gallery/*.py", "generated/backreferences"]

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

autosummary_ignore_module_all = False
autosummary_context = {"front": sklearn_abmtl.__all__}  # pages of their own, in no other module
toc_object_entries_show_parents = "hide"
autodoc_typehints = "none"  # docstrings say more, as shapes
numpydoc_show_class_members = False
python_maximum_signature_line_length = 90
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

html_theme = "pydata_sphinx_theme"
html_title = "sklearn_abmtl"
html_favicon = "_static/favicon.svg"
html_context = {"default_mode": "auto"}  # empty, the theme calls it an error in the console
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_sidebars = {"install": [], "quick_start": [], "comparison": []}
html_theme_options = {
    "header_links_before_dropdown": 6,
    "navigation_with_keys": False,
    "show_nav_level": 1,
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": [],
}

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "backreferences_dir": "generated/backreferences",
    "doc_module": ("sklearn_abmtl",),
    "remove_config_comments": True,
    "show_signature": False,
    "write_computation_times": False,
}


CODE_OR_MARKUP = re.compile(r"(`[^`]*`)|(?<=[( ])\*(?=\w+[,)])|(?<=\w)_(?=[,)])")


def escape_shapes(*event):
    """Keep ``*sample_shape`` and ``n_features_in_`` in a shape from being read as markup."""
    lines = event[-1]
    lines[:] = [CODE_OR_MARKUP.sub(lambda hit: hit[1] or f"\\{hit[0]}", line) for line in lines]


def skip_foreign(*event):
    """Leave out methods that scikit-learn and torch give to each of their classes."""
    member = event[3]
    module = getattr(member, "__module__", None) or ""
    return True if module.startswith(("sklearn.", "torch.")) else None


def leave_folders_out(app):
    """Let README.txt alone make a gallery of a folder, so that one with a README.md is none."""
    app.config.sphinx_gallery_conf["source_suffix"] = {}


def setup(app):
    """Connect all; numpydoc has made its sections before, and the gallery its examples later."""
    app.connect("builder-inited", leave_folders_out, priority=100)
    app.connect("autodoc-process-docstring", escape_shapes, priority=600)
    app.connect("autodoc-skip-member", skip_foreign)
