"""Threads with architects, designers and a library."""

from .model import Pdf, Pic, Thread

_LIBRARY_LINES = (
    ("FYR-45 pendant, spun brass, matt", 24, 420.0),
    ("FYR-28 pendant, spun brass, matt", 18, 260.0),
    ("Steel suspension, 4.5 m, per pendant", 42, 21.5),
)

_FJORD_LINES = (
    ("FYR-45 pendant, spun brass, DALI driver", 96, 465.0),
    ("SKOG-W wall lamp, oak and brass", 80, 155.0),
    ("Commissioning on site, two days", 1, 4160.0),
)

THREADS = (
    Thread(
        key="reading-room",
        subject="Pendants for the reading room, Thornbury Library",
        start=98,
        folder={"hanna": "Projects/Libraries"},
        papers={
            "reading-room-plan": Pic("reading-room-plan.png", "plan", 1),
            "FYR-45": Pdf(
                "Data sheet",
                "FYR-45",
                "Harbour & Finch Architects",
                (
                    ("Luminous flux, 2700 K (lm)", 1, 1240.0),
                    ("Unified glare rating, table height", 1, 16.0),
                    ("Weight with suspension (kg)", 1, 3.1),
                ),
                currency="",
            ),
            "Q-2019": Pdf("Quote", "Q-2019", "Harbour & Finch Architects", _LIBRARY_LINES),
        },
        script="""
== 0 11:08  nora > hanna  with reading-room-plan  star
Dear Hanna,

You may remember me from the stand last year, I was the one lying on the floor under the Fyr. We are restoring a
reading room of 1911 with twelve oak tables and a vaulted ceiling at 7.2 metres.

I would like a field of pendants low over the tables, two sizes mixed, no glare on the page. Would you look at
the attached plan and tell me if 42 is madness?

Nora

== 1 10:26  hanna > nora
Dear Nora,

Of course I remember, you left a coat button there.

42 is not madness, it is three and a half lamps a table. I would hang 24 of the large ones at 1.65 m over the
floor and 18 small ones between them, a hand's width higher. With the matt inside you get about 480 lux on the
page and nothing in the reader's eye.

What may the ceiling carry? Each large one weighs 3.1 kg with its steel wire.

Hanna

== 4 17:12  samuel > hanna  cc nora
Hi Hanna, I'm doing the drawings for Nora.

The structural engineer allows 4 kg per point if we use the old chandelier ribs, so we're fine. Could you send
me the data sheet with the photometric curve? I'd like to run the glare calculation before the conservation
officer does.

Samuel

== 5 09:50  hanna > samuel  cc nora  with FYR-45
Hi Samuel,

Attached. The curve is on the second line of the table; the file for your lighting program follows through our
shared folder, as your server ate it the last time.

Hanna

== 12 18:03  samuel > hanna  cc nora priya
UGR 16 at the worst seat. The conservation officer said "I see no reason to object", which I'm told is the
warmest thing she has said since 2009.

Can we have a formal quote, with 4.5 m of wire each?

Samuel

== 14 13:15  hanna > samuel  cc nora priya  with Q-2019
Then she has made my week too.

The quote is attached: 24 large, 18 small, wires included, in one delivery to the site. I have left the
installation out, as you have your own people on the scaffold.

Hanna

== 30 12:40  priya > hanna  cc nora
Hello Hanna,

The council has moved the decision by a month because the budget meeting was cancelled. Could you extend the
validity of Q-2019 until {+60}? Nothing else changes.

Best wishes,
Priya

== 31 08:58  hanna > priya  cc nora sales
Hello Priya,

Extended, take this email as the paper for it. Brass went up in the meantime, but I keep the price for you
because I want to see that ceiling.

Hanna

== 96 19:21  nora > hanna  star  unread
Hanna, between us: the council meets on Thursday and it looks good. If they say yes, the scaffold comes down in
fourteen weeks and everything has to hang by then. Can you do that, or should I start begging now?

N.
""",
    ),
    Thread(
        key="fjordbyen-tender",
        subject="Fjordbyen Library: clarification of tender 24-118",
        start=38,
        folder={"hanna": "Projects/Libraries"},
        papers={
            "Q-2052": Pdf("Quote", "Q-2052", "Fjordbyen Library", _FJORD_LINES),
        },
        script="""
== 0 10:30  ingrid > sales
Dear tenderer,

Thank you for your offer in tender 24-118. We ask for clarification on three points, in writing, within five
working days:

- Spare parts: for how many years do you guarantee drivers and glass?
- Is the brass free from lead according to the attached requirement 7.3?
- Who carries out the commissioning, and in which language?

All answers are made known to all tenderers.

Ingrid Solheim

== 2 14:44  sales/hanna > ingrid  with Q-2052
Dear Ms Solheim,

Our answers to your three points:

- Fifteen years for drivers, twenty-five for glass. We still repair lamps from our first catalogue.
- Yes. The certificate of our supplier, Lindgren Mässing, states less than 0.1 percent.
- Our own Astrid Berg, who speaks Norwegian with a Gothenburg accent.

The revised price sheet with these points included is attached.

Hanna Lindqvist

== 21 13:05  lars > hanna
Hei Hanna,

Unofficially and not about the tender: could one of your wall lamps live outdoors, under a roof, by the sea? My
wife has seen them in the drawings.

Lars

== 21 15:30  hanna > lars
Hei Lars,

By the sea I would not, the oak goes grey in one winter. If she likes grey oak, then yes. I can tell you more as
soon as the tender is decided and nobody can say that I bribed you with carpentry.

Hanna

== 37 09:02  ingrid > sales  cc hanna  answers 1  star  unread
Dear tenderer,

The evaluation of tender 24-118 is finished. You are among the two tenderers invited to a presentation with
samples in Bergen on {+14} at 10:00. Please confirm by return of email and name those who take part, at most two
persons.

Ingrid Solheim
""",
    ),
    Thread(
        key="moss-patina",
        subject="A green that isn't green",
        start=58,
        folder={"hanna": "Projects"},
        papers={
            "moss-trials": Pic("moss-trials.png", "palette", 8),
            "Q-2033": Pdf(
                "Quote",
                "Q-2033",
                "Studio Verdigris",
                (
                    ("SKOG-W wall lamp, oak, moss patina", 16, 245.0),
                    ("POLARIS chandelier, five arms, moss patina", 2, 2700.0),
                ),
            ),
            "on-the-wall": Pic("on-the-wall.png", "lamp", 8),
        },
        script="""
== 0 12:15  aoife > hanna
Hi Hanna,

I have a client in a Georgian townhouse on Merrion Street who wants the wall lamps to look "as if they had been
found in the garden". Not verdigris (everyone assumes, because of our name). More like moss on slate.

Do you do such things, or will Astrid throw something at me?

Aoife

== 1 09:37  hanna > aoife  with moss-trials
Hi Aoife,

Astrid threw nothing. She went quiet, took four discs of brass home and came back with this:

[[moss-trials.png]]

The third from the left is vinegar, salt and, I quote, "a bit of patience". It can be repeated within reason:
every lamp will be a sister of the next one, not a twin.

Hanna

== 1 17:44  aoife > hanna  star
Sisters not twins is going straight into my presentation, sorry.

Number three. The client is in love and so am I. What would 16 Skog wall lamps and two Polaris cost in that?

Aoife

== 4 10:12  hanna > aoife  cc sales  with Q-2033
Here is an estimate rather than a quote, because I want Astrid to do one whole lamp before we promise sixteen.
The patina adds three hours a lamp.

Could you live with ten weeks?

Hanna

== 20 11:29  conor > hanna  cc aoife
Hello Hanna,

Conor here, I look after the boring half of the studio. Ten weeks is fine, the floors are late anyway. Two
things: we need the drop of the chandelier to be 90 cm instead of 120, and could the invoice be split between
lamps and patina work? The client's accountant sees the second as restoration.

Thanks,
Conor

== 21 13:50  hanna > conor  cc aoife
Hello Conor,

Both are possible. I will have the drop noted and the invoice split, and I admire the accountant.

Hanna

== 57 16:50  aoife > hanna  cc conor  with on-the-wall  star  read
The trial lamp just arrived. I put it on the garden wall for the photo and for a moment could not find it again.

[[on-the-wall.png]]

Go ahead with all sixteen!

Aoife

== 58 08:20  hanna > aoife  cc conor sales
That is the best complaint we have ever had. Astrid starts on Monday.

Hanna
""",
    ),
    Thread(
        key="library-invoice",
        subject="Invoice INV-3391 for the samples",
        start=28,
        papers={
            "INV-3391-C": Pdf(
                "Invoice",
                "INV-3391-C",
                "Harbour & Finch Architects",
                (("FYR-45 pendant, sample", 1, 420.0), ("FYR-28 pendant, sample", 1, 260.0)),
            ),
        },
        script="""
== 0 12:05  priya > sales
Hello,

Invoice INV-3391 for two sample pendants shows Swedish VAT. As a UK company we should not be charged. Could you
correct it?

Priya

== 1 10:08  jonas > priya  cc sales  with INV-3391-C
Hello Priya,

You are right, my mistake. The corrected invoice is attached, please throw away the first one.

Jonas

== 1 11:47  priya > jonas  cc sales
Perfect, thank you for the quick fix.

Priya
""",
    ),
)
