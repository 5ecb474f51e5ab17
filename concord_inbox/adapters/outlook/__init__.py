"""Outlook accounts: Microsoft Graph v1.0. What is asked when, and what Graph cannot do, is told in docs/outlook.md."""

from .adapter import OutlookAdapter
from .subscribing import OutlookSubscriber

__all__ = ["OutlookAdapter", "OutlookSubscriber"]
