"""`./dev/benchmark NAME [ARGUMENTS]`: the benchmark `dev/bench/NAME.py`, upon a database of its own or the demo."""

import sys

from dev import databases, environment, paths, processes, programs, serve, steps

#: These are given the address of the demo, served as by `./run`, and the others the name of a fresh database.
UPON_DEMO = {"delivery"}


def main(name: str, *arguments: str) -> int:
    """Run the benchmark; the exit status is its own."""
    command = [str(paths.PYTHON), "-m", f"dev.bench.{name}"]
    try:
        if name in UPON_DEMO:
            programs.ensure(programs.BROWSER, why="What is measured is seen in a browser")
            with serve.serving() as (variables, url, _server):
                return processes.call([*command, url, *arguments], env=variables, cwd=paths.ROOT)
        with environment.ready() as variables:
            programs.ensure(programs.DOVECOT, why="Some benchmarks start a mail server")
            with databases.fresh(variables) as database:
                return processes.call([*command, database, *arguments], env=variables, cwd=paths.ROOT)
    except steps.SetupError as error:
        return environment.report(error)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
