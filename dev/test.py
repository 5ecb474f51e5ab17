"""`./test [ARGUMENTS OF PYTEST]`: all tests, against a database of their own.

Without arguments the tests run in one process more than there are cores, since many of them wait for a server or a
browser; with arguments in one process, whose output is easier to follow (`-n 2` asks for more). `--thorough` makes
random and endurance tests run long. `--no-odoo` is for work on `adapters/` and `mime/` alone: no database, no Odoo.
"""

import os
import sys

from . import corpora, databases, environment, locks, node, paths, processes, programs, steps


def main(arguments: list[str]) -> int:
    """Run pytest with `arguments`; the exit status is pytest's."""
    try:
        with environment.ready() as variables:
            programs.ensure(programs.DOVECOT, programs.BROWSER, why="The tests start a mail server and a browser")
            with locks.exclusive("setup", "Waiting for another process that sets up this checkout"):
                node.ensure_hoodiecrow()
                node.ensure_graph_types()
                if "--thorough" in arguments:
                    node.ensure_emulate()
                corpora.ensure()
            if "--no-odoo" in arguments:
                rest = [argument for argument in arguments if argument != "--no-odoo"]
                variables.pop("ODOO_RC")
                return _pytest(["-p", "no:odoo", *rest], variables)
            # A commit need not reach the disk before the tests go on: only `postgres.Restartable` loses its power.
            variables["PGOPTIONS"] = f"{variables.get('PGOPTIONS', '')} -c synchronous_commit=off".strip()
            with databases.fresh(variables) as database:
                return _pytest(["--odoo-http", f"--odoo-database={database}", *_parallel(arguments)], variables)
    except steps.SetupError as error:
        return environment.report(error)


def _parallel(arguments: list[str]) -> list[str]:
    if [argument for argument in arguments if argument != "--thorough"]:
        return arguments
    workers = min((os.cpu_count() or 1) + 1, 4)
    return ["-n", str(workers), "--dist", "loadfile", "--no-loadscope-reorder", *arguments]


def _pytest(arguments: list[str], variables: dict[str, str]) -> int:
    steps.say("Running the tests")
    return processes.call([str(paths.PYTHON), "-m", "pytest", *arguments], env=variables, cwd=paths.ROOT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
