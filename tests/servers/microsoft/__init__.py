"""A stand-in for Microsoft: its sign-in and the mail part of Microsoft Graph v1.0, on one address of the loopback."""

from .server import Microsoft

__all__ = ["Microsoft"]
