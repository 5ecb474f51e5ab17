// Starts hoodiecrow with an empty mailbox that looks like one of Gmail's. See hoodiecrow.py.
"use strict";

const {package: location, port, user, password} = JSON.parse(process.argv[2]);

const server = require(location)({
    plugins: [
        "ID",
        "SASL-IR",
        "AUTH-PLAIN",
        "NAMESPACE",
        "IDLE",
        "ENABLE",
        "CONDSTORE",
        "LITERALPLUS",
        "UNSELECT",
        "UIDPLUS",
        "MOVE",
        "SPECIAL-USE",
        "CREATE-SPECIAL-USE",
        "X-GM-EXT-1",
    ],
    users: {[user]: {password}},
    storage: {
        INBOX: {},
        "": {
            separator: "/",
            folders: {
                "[Gmail]": {
                    flags: ["\\Noselect"],
                    folders: {
                        "All Mail": {"special-use": "\\All"},
                        Drafts: {"special-use": "\\Drafts"},
                        "Sent Mail": {"special-use": "\\Sent"},
                        Spam: {"special-use": "\\Junk"},
                        Starred: {"special-use": "\\Flagged"},
                        Trash: {"special-use": "\\Trash"},
                    },
                },
            },
        },
    },
});

server.listen(port, "127.0.0.1");
