"""A stand-in for Google: its sign-in pages, and the part of Gmail's API that this project uses."""

from .server import Google

__all__ = ["Google"]
