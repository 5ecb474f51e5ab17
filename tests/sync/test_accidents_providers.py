"""The random schedules of `test_accidents.py` with accounts at Gmail and Outlook: the same people, their accidents."""

import os

import pytest

from dev import databases

from .campaign import live_through
from .forked_odoo import Odoo
from .world_gmail import GmailWorld, RoughGoogle
from .world_outlook import OutlookWorld, RoughMicrosoft


@pytest.fixture(scope="module")
def odoo():
    with databases.another() as database, Odoo(database, os.environ) as found:
        yield found


def test_gmail(odoo, thorough):
    with RoughGoogle() as google:
        worlds = [GmailWorld(google), GmailWorld(google, follows_all=False)]
        worlds[0].set_up(odoo)
        live_through(worlds, odoo, range(200) if thorough else range(1, 3))


def test_outlook(odoo, thorough):
    with RoughMicrosoft() as microsoft:
        world = OutlookWorld(microsoft)
        world.set_up(odoo)
        live_through([world], odoo, range(200) if thorough else range(2))
