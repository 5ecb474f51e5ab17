"""`./dev/rendered`: pages with emails of the public corpus as the inbox shows them, for somebody to look at.

They go to `.dev/pictures/rendered-*.png`: thirty emails, in light and in dark. `./dev/rendered 2` chooses others.
"""

import sys

from dev import environment, paths, processes, programs, steps


def main(*arguments: str) -> int:
    """Take the pictures; the exit status."""
    try:
        with environment.ready() as variables:
            programs.ensure(programs.BROWSER, why="The pictures are taken with a browser")
            command = [str(paths.PYTHON), "-m", "dev.rendered_browser", *arguments]
            return processes.call(command, env=variables, cwd=paths.ROOT)
    except steps.SetupError as error:
        return environment.report(error)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
