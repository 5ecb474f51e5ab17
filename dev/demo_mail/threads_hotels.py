"""Threads with hotels and restaurants."""

from .model import Pdf, Pic, Thread

_AURORA_LINES = (
    ("TUVA-T table lamp, USB-C outlet, linen shade", 84, 168.0),
    ("Spare linen shade for TUVA-T", 12, 38.0),
)

THREADS = (
    Thread(
        key="aurora-malmo",
        subject="Bedside lamps for Hotel Aurora Malmö",
        start=44,
        folder={"hanna": "Projects/Hotels/Aurora Malmö"},
        papers={
            "Q-2041": Pdf("Quote", "Q-2041", "Hotel Aurora Group", _AURORA_LINES),
            "finishes": Pic("finishes.png", "palette", 3),
            "AHG-77310": Pdf(
                "Purchase order", "AHG-77310", "Northlight AB", _AURORA_LINES, issuer="Hotel Aurora Group"
            ),
            "SO-1187": Pdf("Order confirmation", "SO-1187", "Hotel Aurora Group", _AURORA_LINES),
            "room-214": Pic("room-214.png", "lamp", 5),
        },
        script="""
== 0 09:14  elin > sales
Hello,

We are refitting 42 rooms of our house in Malmö and would like your Tuva table lamp on both sides of the bed, so
84 pieces in all. Could you quote for a brushed brass foot and the linen shade, delivered in two lots?

Our electrician asks whether a USB-C outlet in the foot is possible. Guests keep unplugging the lamps to charge
their phones and we would rather they stopped.

Kind regards,
Elin

== 0 13:42  sales/hanna > elin
Dear Elin,

Thank you for thinking of us, and congratulations on Malmö. That building deserves good light.

Yes to the USB-C outlet: we turn the foot 8 mm higher and it disappears at the back. Two questions before I put
numbers on paper:

- Which cable length do you need? The standard one is 1.8 m, black textile.
- Do the rooms have a switch by the door that should turn off the lamps as well?

I look after the hotels here, so feel free to write to me directly from now on.

Warm regards,
Hanna

== 2 10:05  elin > sales  cc hanna marcus
Hi Hanna,

1.8 m is fine. No central switch, the rooms are listed and we may not open the walls.

I have copied in Marcus, who leads the interior project and has opinions about brass.

Elin

== 3 11:20  sales/hanna > elin  cc marcus  with Q-2041  star
Hi Elin, hello Marcus,

Here is our quote for 84 Tuva with the outlet, plus a dozen spare shades, which housekeeping will thank you for.
The price holds for 60 days; the first lot of 42 can leave the workshop five weeks after your order.

Delivery is included, pallets up to the loading bay. We take the packaging back when we bring the second lot.

Hanna

== 9 16:31  marcus > hanna  cc elin sales
Hanna,

The quote is fine by me. The brushed brass is not: next to the oak headboards it looks like a bank. Do you have
anything darker that will not turn green in three years of cleaning spray?

A picture next to something wooden would help me more than a code.

/M

== 10 10:48  hanna > marcus  cc elin  with finishes
Marcus, I know exactly the bank you mean.

I took three feet over to the oak samples this morning. From left to right: brushed brass, warm bronze, black.

[[finishes.png]]

Warm bronze is a patina that we wax, and it survives cleaning spray; the bar at the Grand has had it for six
years. The price is the same. Shall I send you the middle one?

Hanna

== 14 08:22  marcus > hanna  cc elin
The foot arrived and has been sitting on my desk since Tuesday. Everyone who walks past touches it.

Warm bronze it is. Elin does the paperwork.

/M

== 15 08:55  hanna > astrid  cc sales
Astrid, good news: Aurora takes 84 Tuva in warm bronze with the outlet. Could you keep two weeks of the lathe
for the first lot? I would like to promise them the 42 by {+42}.

Hanna

== 15 11:10  astrid > hanna
Lathe is free from Monday week if Bo delivers the rods on time. Make it {+44} and I can sleep. The wax needs
three days between coats and nobody has ever managed to hurry it.

Astrid

== 20 14:02  elin > hanna  with AHG-77310  answers 6  star
Hi Hanna,

Please find our purchase order attached. Invoices go to Pia Holm, with the order number on them or they come
straight back, I apologise in advance.

Elin

== 21 09:30  hanna > elin  cc sales  with SO-1187
Wonderful, thank you Elin!

Our confirmation is attached, with your order number in three places. First lot of 42 as agreed, second lot four
weeks later. I will write when the first pallet is on the lorry.

Hanna

== 41 15:26  elin > hanna  with room-214  star
Hi Hanna,

The first lot is here and the rooms look beautiful, even Marcus smiled. One foot has a scratch, room 214, see
the picture.

[[room-214.png]]

Not a drama, but could you bring a replacement with the second lot?

Elin

== 42 09:03  hanna > elin
Of course, Elin. One foot in warm bronze is put aside with your name on it and travels with lot two.

Please keep the scratched one in use until then; we can wax the scratch out here and you get it back as a spare.

Hanna

== 44 09:11  elin > hanna  cc sales  unread
Perfect. And a question I should have asked sooner: the house in Uppsala opens again in a year, 60 rooms, a
lobby and long dark corridors. May Marcus and I come by the workshop one day next week to talk about it?

Elin
""",
    ),
    Thread(
        key="aurora-terms",
        subject="Payment terms and your new bank account?",
        start=19,
        script="""
== 0 08:47  pia > sales  star
Hello,

Before we pay the deposit for Malmö: we received an email last week which says that Northlight has a new bank
account abroad. The sender was almost your address. We have not paid. Is this correct?

Pia Holm
Accounts payable

== 0 08:59  sales/hanna > pia  cc jonas
Dear Pia,

It is not correct, and thank you so much for asking. Our account has not changed in nineteen years. Should it
ever change, you will get a letter on paper and a call from Jonas, whose voice you know.

Would you forward me that email as an attachment? We will report it.

Hanna

== 0 09:40  jonas > pia  cc sales
Hi Pia,

I confirm what Hanna wrote. For the good order: 30 days net, the usual account that ends in 0417, and I am glad
that somebody on the other side reads before she pays.

Jonas

== 0 10:15  pia > sales  cc jonas
Thank you both. I have told the other houses of the group. The payment goes out on {+6}.

Pia
""",
    ),
    Thread(
        key="costa-samples",
        subject="Terrace lamps for Porto: samples",
        start=32,
        papers={
            "Q-2060": Pdf(
                "Quote",
                "Q-2060",
                "Casa Costa Hotéis",
                (("TUVA-B table lamp with battery, bronze", 36, 318.0), ("Charging tray for twelve lamps", 3, 384.0)),
            ),
        },
        script="""
== 0 13:22  beatriz > tomas  cc rui
Caro Tomás,

I write in English so that my team can follow. We open the terrace again in spring and I want a lamp on each of
the 30 tables: cordless, warm, and heavy enough that the Atlantic does not take it.

Do you have anything? A Portuguese lampmaker in Sweden must know what our wind is like.

Beatriz

== 1 10:00  tomas > beatriz  cc rui
Cara Beatriz,

I grew up in Foz, I know that wind by its first name.

We have a prototype that is not in the catalogue: a Tuva with a battery in a foot of 1.9 kg. Eleven hours on the
lowest step. Would you test two of them on the windiest table for a month?

Um abraço,
Tomás

== 11 18:15  rui > tomas  cc beatriz  star
Hello Tomás,

Both samples are on the corner table. Wind on Saturday was 70 km/h: the menus went to Vila Nova de Gaia, the
lamps did not move. Battery lasted 10 h 40.

One remark: the charging plug needs a cover against salt.

Rui

== 12 09:33  tomas > rui  cc beatriz sales  with Q-2060
Thank you Rui, this is the best test report we ever had. Astrid designs a rubber cover, the drawing comes next
week.

Offer for 36 pieces (six in reserve) attached.

Tomás

== 31 12:45  beatriz > tomas  cc rui  unread
Caro Tomás,

The price is more than I wanted and less than I feared. If you give me four years of guarantee on the batteries,
I sign this week.

Beatriz
""",
    ),
    Thread(
        key="flicker",
        subject="Lamps over the bar flicker when dimmed",
        start=78,
        papers={
            "FYR-28": Pdf(
                "Data sheet",
                "FYR-28",
                "The Cask Room",
                (("Power of one lamp (W)", 1, 9.0), ("Lowest dimmer load (W)", 1, 10.0)),
                currency="",
            ),
        },
        script="""
== 0 11:55  callum > sales
Hello,

The six Fyr over our bar in Edinburgh flicker as soon as we dim below a third. Customers think it's the whisky.
It started after the electrician changed the dimmer. What do you recommend?

Callum Reid, The Cask Room

== 0 14:30  sales/hanna > callum
Hello Callum,

That sounds like a dimmer of the old kind (leading edge) with too small a load: six of our lamps draw 54 W
together and many of those want 60 at least. Could you send me a photo of the type plate, or have the
electrician tell me the model?

Hanna

== 2 18:10  euan > sales  cc callum
Hi, Euan the electrician. It is a leading edge one, 60-400 W. I fitted what was on the van. Do you have a model
you trust?

Euan

== 3 09:05  sales/hanna > euan  cc callum  with FYR-28
Hi Euan,

Any trailing edge dimmer that goes down to 10 W will do. Set the lowest point by hand until the lamps are steady
and then a hair above. Data sheet attached, the wiring is on it.

Hanna

== 8 13:40  callum > sales  cc euan
Sorted, steady as a rock at 5 percent. Euan says he owes you one, and there's a dram here with your name on it.

Callum
""",
    ),
    Thread(
        key="glasgow",
        subject="A second Cask Room",
        start=1,
        papers={
            "tram-depot": Pic("tram-depot.png", "hall", 4),
        },
        script="""
== 0 16:02  fiona > hanna  cc callum sales  star  unread
Hanna,

We signed for a place in Glasgow this morning: an old tram depot, eleven metres to the ridge, brick, no daylight
after four. I want the same amber mood as Edinburgh but people must still be able to read the menu.

Can you come over within the next three weeks and walk through it with Callum and me?

Fiona

== 1 09:35  callum > hanna  cc fiona  with tram-depot  unread
Photo from the door, before the electrics go in. The cables come from the left wall, nothing in the roof.

[[tram-depot.png]]

Fridays suit us best.

Callum
""",
    ),
)
