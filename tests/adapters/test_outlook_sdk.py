"""Microsoft's own client understands the stand-in, and the stand-in it.

msgraph-sdk takes two minutes and 470 MB to install, so it is not among what the tests need: `./test --thorough` runs
this where somebody installed it (``.dev/venv/bin/pip install msgraph-sdk``).
"""

import asyncio

import pytest

from .common import message

pytestmark = pytest.mark.thorough


def test_microsofts_own_client_can_use_the_stand_in(outlook):
    pytest.importorskip("msgraph")
    outlook.service.add_user("bob@example.com")
    # It does not ask for immutable ids unless it is told to with each request.
    outlook.service.graph.allow_mutable_ids = True
    outlook.mailbox.add(message(1))
    asyncio.run(_use(outlook))
    assert len(outlook.service.mailbox("bob@example.com").messages) == 1


async def _use(outlook) -> None:
    from kiota_abstractions.authentication import AllowedHostsValidator, BaseBearerTokenAuthenticationProvider
    from msgraph import GraphServiceClient
    from msgraph.generated.models.email_address import EmailAddress
    from msgraph.generated.models.message import Message
    from msgraph.generated.models.o_data_errors.o_data_error import ODataError
    from msgraph.generated.models.recipient import Recipient
    from msgraph.generated.users.item.messages.item.move.move_post_request_body import MovePostRequestBody
    from msgraph.graph_request_adapter import GraphRequestAdapter

    class Provider:
        async def get_authorization_token(self, _uri, _context=None):
            return outlook.tokens.token()

        def get_allowed_hosts_validator(self):
            return AllowedHostsValidator([])

    requests = GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(Provider()))
    requests.base_url = f"{outlook.service.url}/v1.0"
    me = GraphServiceClient(request_adapter=requests).me
    assert (await me.get()).mail == outlook.email
    assert len((await me.mail_folders.delta.get()).value) == 10
    inbox = me.mail_folders.by_mail_folder_id("inbox").messages
    walk = await inbox.delta.get()
    [one] = walk.value
    assert (await inbox.delta.with_url(walk.odata_delta_link).get()).value == []
    found = me.messages.by_message_id(one.id)
    assert (await found.patch(Message(is_read=True, categories=["Red"]))).categories == ["Red"]
    assert (await found.content.get()).startswith(b"Subject: number 1")
    assert (await found.move.post(MovePostRequestBody(destination_id="archive"))).is_read
    recipients = [Recipient(email_address=EmailAddress(address="bob@example.com"))]
    draft = await me.messages.post(Message(subject="Hello", to_recipients=recipients))
    await me.messages.by_message_id(draft.id).send.post()
    with pytest.raises(ODataError) as refusal:
        await found.get()
    assert refusal.value.error.code == "ErrorItemNotFound"
