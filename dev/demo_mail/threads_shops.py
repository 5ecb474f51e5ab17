"""Threads with shops and importers."""

from .model import Pdf, Pic, Thread

_OAKLINE_LINES = (
    ("TUVA-T table lamp, brass, 120 V", 60, 142.0),
    ("FYR-28 pendant, spun brass, 120 V", 45, 215.0),
    ("DIS-20 glass globe, 120 V", 35, 262.0),
)

THREADS = (
    Thread(
        key="oakline-container",
        subject="Winter container: final list",
        start=92,
        folder={"tomas": "Export/USA"},
        papers={
            "Q-1996": Pdf("Quote", "Q-1996", "Oakline Interiors", _OAKLINE_LINES, currency="USD"),
            "OAK-55821": Pdf(
                "Purchase order",
                "OAK-55821",
                "Northlight AB",
                _OAKLINE_LINES,
                currency="USD",
                issuer="Oakline Interiors",
            ),
            "SO-1149": Pdf("Order confirmation", "SO-1149", "Oakline Interiors", _OAKLINE_LINES, currency="USD"),
            "PL-1149": Pdf(
                "Packing list",
                "PL-1149",
                "Oakline Interiors",
                (
                    ("Pallet 1: TUVA-T", 60, 0.0),
                    ("Pallet 2: FYR-28", 45, 0.0),
                    ("Pallet 3: DIS-20", 35, 0.0),
                    ("Pallet 3: spare shades, flat carton", 1, 0.0),
                ),
                currency="",
            ),
        },
        script="""
== 0 17:35  jack > tomas
Hi Tomás,

Here's where we landed for the winter container: 60 Tuva, 45 small Fyr and 35 Dis, everything in 120 V. Can you
still make the sailing in six weeks? If the globes are the bottleneck, ship them by air and we split the cost.

Jack

== 1 09:20  tomas > jack  cc sales  with Q-1996
Hi Jack,

The globes are always the bottleneck: one man, one furnace. I asked him. 35 globes in five weeks is possible if
nobody else wants any, so nobody else will get any.

Quote attached. It is the price list of this year less your usual discount.

Tomás

== 2 19:10  maria > tomas  cc jack
Hi Tomás, Maria from merchandising.

Could the cartons carry our bar codes on two sides this time? Last year the warehouse had to turn every single
box and they still talk about it. The label file is with Jack.

Maria

== 3 10:01  tomas > maria  cc jack
Two sides it is, and my apologies to the warehouse. Please tell them that I carried a few of those boxes myself.

Tomás

== 6 18:22  jack > tomas  cc denise  with OAK-55821  answers 1  star
PO attached. Denise needs your W-8 form again because the old one expired.

Jack

== 7 08:45  tomas > jack  cc denise  with SO-1149
Thank you Jack! Confirmation attached, the form goes to Denise by post and by email.

The container is booked with Swiftlane; the loading day is {+28}.

Tomás

== 40 17:58  denise > tomas  cc jack
Hello Tomas,

The container cleared on Friday. I have your invoice at 141 cartons, the warehouse counted 140. Would you check
before I release the payment?

Thank you,
Denise

== 41 09:12  tomas > denise  cc jack  with PL-1149
Hello Denise,

I checked the packing list and the weight of the pallets, both say 141. Could the missing one be the carton with
five spare shades? It is flat and hides under the top layer of pallet 3.

Tomás

== 41 18:30  denise > tomas  cc jack
Found it. Under the top layer of pallet 3, exactly as you say. Payment is released today.

Denise
""",
    ),
    Thread(
        key="bramble-returns",
        subject="Three more Tuva returned with bent shades",
        start=84,
        papers={
            "bent-shade": Pic("bent-shade.png", "lamp", 2),
        },
        script="""
== 0 11:31  hattie > sales  with bent-shade
Hi there,

We've had three more customers send back a Tuva because the shade arrived bent. This is what it looks like when
they open the box:

[[bent-shade.png]]

That's nine in two months. Is something different about the packaging?

Hattie

== 0 15:48  sales/tomas > hattie  cc astrid
Dear Hattie,

I am sorry, for you and for the nine. You guessed right: for some weeks now the ring of cardboard around the
shade has come from another maker, and it is softer. Astrid jumped on both this afternoon. The old one wins.

We send you nine shades today and go back to the old ring at once. May I ask you to tell us of any other one?

Tomás

== 1 10:20  george > sales  cc hattie tilly
Hi Tomás,

Appreciate the speed. From my side: returns on the Tuva went from 1.1 to 4.6 percent over the period, so I've
paused it on the front page. Happy to put it back as soon as the stock in our warehouse is repacked. Could you
send 140 of the old rings? Our people will do it in an afternoon.

George

== 1 13:05  sales/tomas > george  cc hattie tilly
140 rings and a box of cinnamon buns for the people of the afternoon leave tomorrow with Swiftlane.

Tomás

== 9 09:50  hattie > sales  cc george  star
Rings arrived, buns didn't survive the morning. Everything is repacked and George has put the lamp back on the
front page. Thank you, this is how a supplier should be!

Hattie
""",
    ),
    Thread(
        key="bramble-spring",
        subject="Spring range: first thoughts",
        start=8,
        papers={
            "spring-colours": Pic("spring-colours.png", "palette", 12),
        },
        script="""
== 0 12:12  tilly > tomas  cc sales
Hi Tomás,

We're planning spring already. I'd like to talk about a smaller Tuva for shelves, under £100 retail, in three
colours that aren't beige. Is that something you'd make for us alone for one season?

Tilly

== 2 10:40  tomas > tilly  with spring-colours
Hi Tilly,

For one season, yes. Under £100 depends on the foot: spun steel instead of turned brass would do it, lacquered
in colours that are really not beige. I thought of these:

[[spring-colours.png]]

They are the colours of boathouses up the coast from here. Minimum 150 of each.

Tomás

== 5 16:25  tilly > tomas  star
The green and the rust are perfect, the blue is very close to what a competitor did last year. Could you try
something more towards a plum?

I showed the picture in the team meeting and nobody said "interesting", which is what they say when they hate
it.

Tilly

== 6 09:15  tomas > tilly
There is no plum boathouse, but I know a front door. I will have a sample lacquered this week.

Tomás

== 8 13:28  tilly > tomas  cc george  unread
Hi again! Could you get the sample and a price for 200 of each colour to me by {+5}? My range review was moved
forward and I'd hate to go in with only a door.

Tilly
""",
    ),
)
