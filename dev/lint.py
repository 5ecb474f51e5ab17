"""`./dev/lint [--fix]`: every linter; `--fix` first lets those that can put things right do so."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from . import locks, node, odoo_package, paths, steps, venv

PYTHON = ("concord_inbox", "dev", "tests")

#: Of pylint only what knows Odoo: ruff does the rest. Without what does not fit this addon:
PYLINT_WITHOUT = (
    "attribute-string-redundant",  # said again where the label is a decision of its own
    "consider-merging-classes-inherited",  # a large model is spread over files that can be read in one sitting
    "except-pass",  # ruff's SIM105 and S110
    "invalid-commit",  # a batch and its cursor are committed together: the very point of the sync
    "manifest-required-author",  # means the Odoo Community Association
    "missing-readme",  # the repository's README.md
    "prefer-env-translation",  # sync/ and the error messages are functions, not models
)


def main(arguments: list[str]) -> int:
    """Run all linters; the exit status is 1 if any of them found something."""
    fix = "--fix" in arguments
    paths.make_folders()
    try:
        with locks.exclusive("setup", "Waiting for another process that sets up this checkout"):
            venv.ensure(odoo_package.ensure())
            javascript = node.ensure_linters()
    except steps.SetupError as error:
        steps.say(f"Stopped: {error}")
        return 1
    failed = [name for name, command in _linters(javascript, fix) if not _run(name, command)]
    steps.say(f"Linters that found something: {', '.join(failed)}" if failed else "The linters found nothing")
    return bool(failed)


def _linters(javascript: Path, fix: bool) -> list[tuple[str, Sequence[str | Path]]]:
    binaries = paths.VENV / "bin"
    shutil.copy(paths.ROOT / "dev" / "eslint.config.mjs", javascript.parent.parent)
    eslint = [javascript / "eslint", "--config", javascript.parent.parent / "eslint.config.mjs"]
    prettier = [javascript / "prettier", "--config", "dev/prettier.json", "--log-level=warn"]
    scripts = _files("concord_inbox/static", "*.js")
    formatted = [*scripts, *_files("concord_inbox/static", "*.scss"), *_files("dev", "*.mjs"), "dev/package.json"]
    # adapters/ and mime/ know nothing of Odoo: there a method `read` is no method of a model.
    pylint = [
        "--ignore-paths=concord_inbox/(adapters|mime)/",
        "--disable=all",
        "--enable=odoolint",
        f"--disable={','.join(PYLINT_WITHOUT)}",
    ]
    linters = [
        ("ruff check", [binaries / "ruff", "check", "--quiet", *(["--fix"] if fix else []), *PYTHON]),
        ("ruff format", [binaries / "ruff", "format", "--quiet", *([] if fix else ["--diff"]), *PYTHON]),
        ("pylint-odoo", [binaries / "pylint", "--rcfile=pyproject.toml", *pylint, "concord_inbox"]),
        ("xml", [paths.PYTHON, "-m", "dev.check_xml", *_files("concord_inbox", "*.xml")]),
        ("prettier", [*prettier, "--write" if fix else "--check", *formatted]),
    ]
    if scripts:
        linters.append(("eslint", [*eslint, *(["--fix"] if fix else []), *scripts]))
    return linters


def _files(folder: str, pattern: str) -> list[str]:
    found = (path for path in (paths.ROOT / folder).rglob(pattern) if "lib" not in path.parts)
    return sorted(str(path.relative_to(paths.ROOT)) for path in found)


def _run(name: str, command: Sequence[str | Path]) -> bool:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=paths.ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    steps.say(f"{name}: {'ok' if done.returncode == 0 else 'FAILED'}")
    if done.returncode:
        print(done.stdout.strip(), flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
