"""Makes the PDFs of the demo: quotes, orders, invoices, packing lists, data sheets."""

import io
from datetime import date, timedelta

from .model import Pdf

_BRASS = (0.71, 0.54, 0.24)


def filename(paper: Pdf) -> str:
    """The name under which `paper` is attached."""
    return paper.filename or f"{paper.kind} {paper.number}.pdf"


def content(paper: Pdf, day: date) -> bytes:
    """One page of PDF for `paper`, dated `day`; the same bytes for the same arguments."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    buffer = io.BytesIO()
    # `invariant` leaves the time of making and the random id out of the file.
    page = Canvas(buffer, pagesize=A4, invariant=1, pageCompression=1)
    page.setTitle(f"{paper.kind} {paper.number}")
    page.setAuthor(paper.issuer)
    width, height = A4
    _head(page, paper, day, width, height)
    bottom = _table(page, paper, width, height - 250)
    _foot(page, paper, day, bottom)
    page.showPage()
    page.save()
    return buffer.getvalue()


def _head(page, paper: Pdf, day: date, width: float, height: float) -> None:
    page.setFillColorRGB(*_BRASS)
    logo = page.beginPath()
    logo.moveTo(66, height - 50)
    logo.lineTo(82, height - 78)
    logo.lineTo(50, height - 78)
    logo.close()
    page.drawPath(logo, stroke=0, fill=1)
    page.setFillColorRGB(0.15, 0.14, 0.13)
    page.setFont("Helvetica-Bold", 15)
    page.drawString(94, height - 72, paper.issuer)
    page.setFont("Helvetica-Bold", 20)
    page.drawString(50, height - 140, f"{paper.kind} {paper.number}")
    page.setFont("Helvetica", 10)
    page.drawString(50, height - 165, f"For: {paper.party}")
    page.drawString(50, height - 180, f"Date: {day.isoformat()}")


def _table(page, paper: Pdf, width: float, top: float) -> float:
    """Draws the lines and their total from `top` down; returns where it ended."""
    priced = bool(paper.currency)
    page.setFont("Helvetica-Bold", 9)
    page.drawString(50, top + 18, "Description")
    page.drawRightString(width - 210, top + 18, "Quantity")
    if priced:
        page.drawRightString(width - 130, top + 18, "Unit price")
        page.drawRightString(width - 50, top + 18, f"Amount {paper.currency}")
    page.line(50, top + 12, width - 50, top + 12)
    page.setFont("Helvetica", 9)
    total = 0.0
    for what, quantity, price in paper.lines:
        page.drawString(50, top - 4, what)
        if priced:
            page.drawRightString(width - 210, top - 4, f"{quantity:,}")
            page.drawRightString(width - 130, top - 4, f"{price:,.2f}")
            page.drawRightString(width - 50, top - 4, f"{quantity * price:,.2f}")
            total += quantity * price
        else:
            page.drawRightString(width - 210, top - 4, f"{price:,g}" if price else f"{quantity:,}")
        top -= 18
    page.line(50, top + 6, width - 50, top + 6)
    if priced:
        page.setFont("Helvetica-Bold", 10)
        page.drawRightString(width - 50, top - 10, f"Total {paper.currency} {total:,.2f}")
    return top - 40


def _foot(page, paper: Pdf, day: date, top: float) -> None:
    page.setFont("Helvetica", 9)
    remarks = {
        "Quote": f"Valid until {(day + timedelta(days=60)).isoformat()}. Delivery included unless stated otherwise.",
        "Invoice": f"Please pay by {(day + timedelta(days=30)).isoformat()}, quoting {paper.number}.",
        "Purchase order": f"Please quote {paper.number} on all papers.",
    }
    page.drawString(50, top, remarks.get(paper.kind, ""))
    page.setFont("Helvetica-Oblique", 8)
    page.drawString(50, 50, f"{paper.issuer}: made for the demonstration of an inbox, no real offer.")
