{
    "name": "Concord Inbox",
    "summary": "Read and write your email inside the CRM: shared and personal mailboxes, in step with the mail server",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "author": "Concord Inbox contributors",
    "license": "LGPL-3",
    "depends": ["crm"],
    "external_dependencies": {"python": ["cryptography", "idna", "imapclient", "nh3"]},
    "data": [
        "security/concord_inbox_groups.xml",
        "security/ir.model.access.csv",
        "security/concord_inbox_rules.xml",
        "data/ir_cron.xml",
        "views/inbox_message_views.xml",
        "views/inbox_account_views.xml",
        "views/inbox_folder_views.xml",
        "views/inbox_quarantine_views.xml",
        "views/res_partner_views.xml",
        "wizards/inbox_move_views.xml",
        "views/menus.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "concord_inbox/static/src/**/*",
        ],
    },
    "application": True,
}
