"""Threads among colleagues, with suppliers and with the carrier: the same email often lies in several mailboxes."""

from .model import Pdf, Pic, Thread

THREADS = (
    Thread(
        key="brass-price",
        subject="Price of brass from next month",
        start=96,
        folder={"sales": "Suppliers/Brass & Glass"},
        papers={
            "LM-80231": Pdf(
                "Order confirmation",
                "LM-80231",
                "Northlight AB",
                (("Brass rod CW510L, 40 mm, lead-free (kg)", 1200, 8.9),),
                issuer="Lindgren Mässing AB",
            ),
        },
        script="""
== 0 07:58  bo > sales
Hej,

I have to raise the price of the 40 mm rod by 6 percent from next month. Copper did what it did. Whatever you
order before that stays at the old price.

Bo

== 0 10:33  sales/tomas > bo  cc astrid
Hej Bo,

Thank you for telling us before and not after. Could you hold 1,200 kg of the 40 mm at the old price if we take
it in three lots until {+75}? I would send the order today.

Tomás

== 0 10:41  bo > sales  cc astrid
For you, yes. But collect the first lot this month, I have no more room.

Bo

== 2 11:15  sara > sales  cc astrid  with LM-80231
Hello Tomás,

Attached is our confirmation for three lots of 400 kg. Please note the new loading hours, 7 to 15.

Sara
""",
    ),
    Thread(
        key="furnace",
        subject="Glass for the Dis: furnace is down",
        start=40,
        folder={"sales": "Suppliers/Brass & Glass"},
        papers={
            "first-globe": Pic("first-globe.png", "globe", 7),
        },
        script="""
== 0 07:40  mats > sales  cc astrid
Good morning,

The furnace lost its lining in the night. Nobody is hurt and nothing burned but my good mood. It takes nine days
to cool it, mend it and heat it again. Your 60 globes will be late by two weeks.

Mats

== 0 08:25  sales/hanna > mats  cc astrid ulla
Dear Mats,

What a night. Glad that it is only the mood. Two weeks is fine for 45 of the 60; could the first 15 come from
what you have on the shelf, bubbles and all? They are for a café on Gotland, and they like bubbles there.

Hanna

== 0 13:20  ulla > sales  cc mats
Hi Hanna, I counted: there are 17 on the shelf, two of them with a swirl. I will pack 15 and keep the swirls for
my windowsill.

Ulla

== 10 16:05  mats > sales  cc astrid  with first-globe  answers 1  star
Fire is back. First globe out at noon, see below. A little green from the new lining, it goes away after the
third day.

[[first-globe.png]]

Mats
""",
    ),
    Thread(
        key="norway-customs",
        subject="Shipment NL-8842 held at Svinesund",
        start=30,
        folder={"sales": "Suppliers/Shipping"},
        papers={
            "INV-3402": Pdf(
                "Invoice",
                "INV-3402",
                "Fjordbyen Library",
                (("FYR-45 pendant, sample, origin SE", 2, 465.0), ("DIS-20 glass globe, sample, origin SE", 2, 310.0)),
            ),
        },
        script="""
== 0 09:17  lotte > sales  cc daan
Hello,

Shipment NL-8842 (two pallets, Bergen) is held at the Norwegian border because the commercial invoice shows no
country of origin for the glass. Please send a corrected one today before 14:00, or the lorry continues without
your pallets.

Lotte

== 0 10:02  sales/tomas > lotte  cc daan  with INV-3402
Hello Lotte,

Here it is, origin Sweden on every line. Sorry for the trouble.

Tomás

== 0 11:48  lotte > sales  cc daan
Received and released, the pallets are on the same lorry. Tip: put the origin in the article text, then nobody
can forget it.

Lotte

== 1 15:15  daan > sales  answers 2
Hi Tomás,

As you ship to Norway more often now: we have a fixed-price clearance for regular customers, 38 euros instead of
65. Shall I put you on it? No minimum.

Daan
""",
    ),
    Thread(
        key="milan",
        subject="Milan: how big a stand?",
        start=24,
        folder={"tomas": "Feiras & Mässor"},
        papers={
            "milan-corner": Pic("milan-corner.png", "plan", 9),
        },
        script="""
== 0 14:20  tomas > hanna  cc sales
The fair wants an answer on the stand. Same 24 square metres as last year, or the corner with 36 for another
4,200 euros? I am for the corner: last time we had people queueing behind the pillar.

Tomás

== 0 15:05  hanna > tomas
I am for the pillar, honestly. People who queue look like success. What would we hang in another twelve metres?

Hanna

== 0 15:22  tomas > hanna
The terrace lamp, the moss finish, and a chair for Nora so that she does not have to lie on the floor.

T

== 1 09:10  hanna > tomas  cc jonas
You had me at the chair. Let us ask Jonas if the 4,200 exist.

Jonas?

Hanna

== 1 10:55  jonas > hanna tomas
They exist if we drive the lamps down ourselves instead of sending them, as in the good old days. I know two
people who have a driving licence.

Jonas

== 1 11:03  tomas > hanna jonas
Corner booked. I choose the music as far as the Brenner, Hanna from there.

T

== 20 16:45  hanna > tomas  with milan-corner  star
Floor plan of the corner, with my idea of where the chair goes. The bar on the left is only 90 cm high, nobody
will hide behind it.

[[milan-corner.png]]

Hanna
""",
    ),
    Thread(
        key="week-plan",
        subject="Workshop plan for the coming weeks",
        start=9,
        script="""
== 0 07:30  astrid > hanna tomas  cc sales
Plan for the next three weeks:

- Lathe: Aurora lot two, then Oakline spares
- Spinning: Fyr 28 for stock, 40 pieces
- Patina: moss for Dublin, nothing else fits next to it because of the smell
- Assembly: Jakob is at home with his baby until {+14}, so no promises under four weeks please

Astrid

== 0 08:10  tomas > astrid  cc hanna
Can I squeeze in three lacquered feet for Bramble, green, rust and plum? Only samples, an hour of work.

Tomás

== 0 08:14  astrid > tomas  cc hanna
"An hour of work", he says. Bring them on Thursday, together with cake.

Astrid
""",
    ),
    Thread(
        key="overdue",
        subject="Open invoices older than 45 days",
        start=12,
        script="""
== 0 09:00  jonas > hanna tomas  star
Good morning,

Four invoices are older than 45 days. Before I send the unfriendly letter, would you each have a friendly word?

- INV-3344, Atelier Bertin, 1,860.00 (Tomás)
- INV-3350, The Cask Room, 540.00 (Hanna)
- INV-3357, Noor, 4,210.00 (Hanna)
- INV-3361, Oakline, 215.00 (Tomás)

Jonas

== 0 11:26  hanna > jonas  cc tomas
Cask Room: paid yesterday, Fiona sent me the slip. Noor: Nadia calls them tomorrow, there it is a matter of the
right hour of the day.

Hanna

== 1 09:48  tomas > jonas  cc hanna
Bertin had sent it to the wrong cost centre, Hélène pays this week. For the 215 dollars of Oakline I would let
it be a lamp that we gave away, they took a whole container.

Tomás

== 1 10:02  jonas > tomas  cc hanna
Then please call it "sample" in the system so that I need not call it "loss".

Jonas
""",
    ),
    Thread(
        key="handover",
        subject="While I am away",
        start=47,
        script="""
== 0 16:30  hanna > tomas  cc sales
I am off for a week from tomorrow, in a cabin without a signal. What may come up:

- Nora may call about the library. Keep the price, say yes to everything about wires.
- Verdigris: the moss trial is drying, do not let anybody wipe it clean.
- The key to the sample room is in the blue Tuva box, as ever.

Thank you! I owe you a pastel de nata.

Hanna

== 0 16:52  tomas > hanna
Go. I will guard the moss with my life. The last time somebody here made pastéis de nata the fire brigade came,
so let us say coffee.

T
""",
    ),
    Thread(
        key="stock-question",
        subject="How many Fyr 45 do we have, really?",
        start=5,
        script="""
== 0 10:15  hanna > astrid  cc tomas
The system says 31 large Fyr on stock, the shelf looks like 20. Which one is right? If Thornbury says yes on
Thursday I need 24.

Hanna

== 0 13:02  astrid > hanna  cc tomas
The shelf. Eleven went to the photographer weeks ago and nobody booked them out. They come back on {+4}. So:
both are right, only not at the same time.

Astrid

== 1 08:35  tomas > astrid  cc hanna
That was me, sorry. I have booked them out now, and in again for that day.

T
""",
    ),
    Thread(
        key="cake",
        subject="Friday, 15:00, kitchen",
        start=3,
        script="""
== 0 14:05  astrid > hanna tomas  cc sales jonas
Jakob comes by on Friday to show us the baby. I bake, Tomás makes the coffee, Hanna please no speeches.

Astrid

== 0 14:11  hanna > astrid  cc tomas jonas
Only a very short one.

Hanna
""",
    ),
)
