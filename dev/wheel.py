"""`python -m dev.wheel`: does the wheel build, and does it hold the addon and nothing else?"""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from . import paths, steps


def main() -> int:
    """Build the wheel into a temporary folder and look into it; the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        # The build back-end is pinned in the virtual environment: nothing is fetched.
        command = [paths.PYTHON, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, paths.ROOT]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode:
            print(done.stdout)
            return done.returncode
        wheel = next(Path(folder).glob("odoo_addon_concord_inbox-*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    there = {
        f"odoo/addons/{path.relative_to(paths.ROOT)}"
        for path in paths.ADDON.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    if inside != there:
        print("The wheel and the addon differ:", *sorted(inside ^ there), sep="\n  ")
        return 1
    steps.say(f"{wheel.name}: ok, {len(inside)} files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
