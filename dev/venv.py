"""The virtual environment `.dev/venv` with the pinned Python packages of `dev/requirements*.txt`."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import debian, paths, steps

REQUIREMENTS = paths.ROOT / "dev" / "requirements.txt"
REQUIREMENTS_DEV = paths.ROOT / "dev" / "requirements-dev.txt"
MINIMUM = (3, 11)


def ensure(odoo: Path) -> None:
    """Build the environment unless it fits; a changed pin or another Python builds it anew.

    :param odoo: the folder that holds the package `odoo`, which the environment must see.
    """
    if sys.version_info < MINIMUM:
        found = ".".join(map(str, sys.version_info[:3]))
        raise steps.SetupError(f"Python {'.'.join(map(str, MINIMUM))} or newer is needed, but python3 is {found}.")
    digest = hashlib.sha256(REQUIREMENTS.read_bytes() + REQUIREMENTS_DEV.read_bytes()).hexdigest()
    key = f"{digest} {sys.version_info.major}.{sys.version_info.minor} {paths.VENV}"
    if not steps.is_done("venv", key) or not _works():
        _build()
        steps.mark_done("venv", key)
    _show_odoo(odoo)


def _works() -> bool:
    """Whether the environment's Python still starts (the one it was made from may be gone)."""
    return paths.PYTHON.exists() and subprocess.run([paths.PYTHON, "-c", ""], check=False).returncode == 0


def _build() -> None:
    steps.forget("venv")
    shutil.rmtree(paths.VENV, ignore_errors=True)
    command = [sys.executable, "-m", "venv", paths.VENV]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        debian.install([f"python{sys.version_info.major}.{sys.version_info.minor}-venv"], "Python has no module venv")
        shutil.rmtree(paths.VENV, ignore_errors=True)
        steps.run(command, what="Making the virtual environment")
    steps.say("Installing Python packages (about a minute)")
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    # What pip fetched is kept: building the environment anew then asks the index for little.
    environment.setdefault("PIP_CACHE_DIR", str(paths.DOWNLOADS / "pip"))
    steps.run(
        [paths.PYTHON, "-m", "pip", "install", "--no-input", "--requirement", REQUIREMENTS_DEV],
        what="Installing Python packages",
        env=environment,
    )


def _show_odoo(odoo: Path) -> None:
    site = next((paths.VENV / "lib").glob("python3.*")) / "site-packages"
    link = site / "odoo.pth"
    if not link.exists() or link.read_text() != f"{odoo}\n":
        link.write_text(f"{odoo}\n")
