"""`./dev/screenshots`: the pictures of the user guide, taken of the demo and written to `docs/pictures/`.

`./dev/screenshots phone` takes one series of `pictures_browser.SERIES`.
"""

import signal
import subprocess
import sys

from . import environment, paths, processes, programs, serve, steps


def main(*only: str) -> int:
    """Serve the demo and have a browser photograph it, or the series named in `only`; the exit status."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with serve.serving() as (variables, url, _server):
            programs.ensure(programs.BROWSER, why="The pictures are taken with a browser")
            steps.say("Taking the pictures")
            process = processes.start([str(paths.PYTHON), "-m", "dev.pictures_browser", url, *only], env=variables)
            try:
                return process.wait()
            finally:
                processes.stop(process)
    except steps.SetupError as error:
        return environment.report(error)
    except (KeyboardInterrupt, subprocess.SubprocessError):
        return 130


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
