# Sourced by ./run, ./test, ./dev/odoo and .ci/run: finds a Python to start with, before the virtual environment
# exists. Sets `python`. `root` is the folder of the checkout.
python=
for candidate in "$root/.dev/venv/bin/python" python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3; do
	if [ "$candidate" = "$root/.dev/venv/bin/python" ]; then
		# The one the environment was made from, so that it is not built anew for another.
		candidate=$(sed -n 's/^executable = //p' "$root/.dev/venv/pyvenv.cfg" 2>/dev/null || true)
		[ -n "$candidate" ] || continue
	fi
	if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
		python=$candidate
		break
	fi
done
if [ -z "$python" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	echo "Installing Python" >&2
	{ apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends python3 python3-venv; } >/dev/null
	python=$(command -v python3) && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || python=
fi
if [ -z "$python" ]; then
	echo "Python 3.11 or newer is needed: install it first (on Debian: sudo apt-get install python3 python3-venv)." >&2
	exit 1
fi
PYTHONPATH=$root${PYTHONPATH:+:$PYTHONPATH}
export PYTHONPATH
