"""The correspondence of Northlight, a maker of lamps in Gothenburg, for the demo: some 300 emails in three mailboxes.

Written for this project. People, companies and addresses are invented; every domain is a reserved one.
"""

from .build import build
from .model import DemoMail
from .people import ACCOUNTS, COMPANIES, CONTACTS, DOMAIN, LEADS

__all__ = ["ACCOUNTS", "COMPANIES", "CONTACTS", "DOMAIN", "LEADS", "DemoMail", "build"]
