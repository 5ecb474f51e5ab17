"""What `./run`, `./test` and `./dev/odoo` need; nothing of it ships in the addon.

Until the virtual environment exists only the standard library may be imported (Python 3.11).
"""
