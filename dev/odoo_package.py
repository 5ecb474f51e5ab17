"""Odoo 19: the one in `ODOO_HOME`, else Debian's package, unpacked into `.dev/odoo`."""

import os
import re
from pathlib import Path

from . import debian, paths, steps

#: Suite sid has Odoo 19. Its Font Awesome is version 7, which does not fit: bookworm's is 4.7.
PACKAGES = (
    "odoo-19/sid",
    "libjs-jquery/sid",
    "libjs-jquery-form/sid",
    "libjs-underscore/sid",
    "fonts-roboto-unhinted/sid",
    "fonts-montserrat/sid",
    "fonts-inconsolata/sid",
    "fonts-ocr-b/sid",
    "fonts-font-awesome/bookworm",
)


def ensure() -> Path:
    """Make Odoo 19 available.

    :returns: the folder to put on Python's path: it holds the package `odoo`.
    """
    if os.environ.get("ODOO_HOME"):
        return _locate(Path(os.environ["ODOO_HOME"]).expanduser().resolve(), "ODOO_HOME")
    key = " ".join(PACKAGES)
    if not steps.is_done("odoo", key) or not paths.ODOO.exists():
        debs = debian.fetch(PACKAGES, ("sid", "bookworm"))
        steps.say("Unpacking Odoo 19")
        debian.unpack(debs, paths.ODOO)
        _locate(paths.ODOO, "Debian's package odoo-19")
        steps.mark_done("odoo", key)
    return _locate(paths.ODOO, "Debian's package odoo-19")


def _locate(home: Path, name: str) -> Path:
    """Find the package `odoo` below `home`: a source tree, an unpacked Debian package, or a folder of packages."""
    candidates = [home, home / "usr/lib/python3/dist-packages"]
    if home.name == "odoo":
        candidates.append(home.parent)
    for folder in candidates:
        release = folder / "odoo" / "release.py"
        if not release.exists():
            continue
        version = re.search(r"^version_info\s*=\s*\(([^)]*)\)", release.read_text(), re.MULTILINE)
        if not version or not re.match(r"\s*['\"]?(saas~)?19\b", version[1]):
            raise steps.SetupError(f"{name} is not Odoo 19 but has version_info ({version and version[1]}).")
        return folder
    raise steps.SetupError(f"{name} ({home}) holds no Odoo: it must be Odoo 19's source tree or unpacked package.")
