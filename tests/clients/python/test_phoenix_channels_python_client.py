"""phoenix-channels-python-client, with both versions of the serializer."""

import asyncio
import unittest

from phoenix_channels_python_client import PHXChannelsClient, ReconnectPolicy
from phoenix_channels_python_client.exceptions import PHXTopicError
from phoenix_channels_python_client.phx_messages import PHXEvent
from phoenix_channels_python_client.utils import make_message

from server import Server

WAIT_SECONDS_MAX = 10
SOON = ReconnectPolicy(base_delay_s=0.01, rapid_first_min_delay_s=0.01)


class Seat:
    """A topic that a client has joined."""

    def __init__(self, client, topic):
        self._client = client
        self._topic = topic
        self._inbox = asyncio.Queue()

    async def join(self):
        await self._client.subscribe_to_topic(self._topic, self._inbox.put)
        return self

    async def push(self, event, payload):
        """Pushes; the client has no method for it but the one that sends messages."""
        message = make_message(event, self._topic, f"push-{event}", payload)
        await self._client.get_protocol_handler().send_message(self._client.connection, message)

    async def ask(self, event, payload):
        await self.push(event, payload)
        return (await self.next(PHXEvent.reply)).payload

    async def next(self, event):
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            while (message := await self._inbox.get()).event != event:
                pass
            return message

    async def leave(self):
        await self._client.unsubscribe_from_topic(self._topic)


class Scenarios:
    """What both versions share."""

    version = None

    @classmethod
    def setUpClass(cls):
        cls.server = Server("golden")
        cls.addClassCleanup(cls.server.stop)

    async def connect(self, user):
        url = f"{self.server.socket_url}/websocket?user={user}"
        client = PHXChannelsClient(url, "key", protocol_version=self.version, reconnect_policy=SOON)
        return await self.enterAsyncContext(client)

    async def join(self, user, topic):
        return await Seat(await self.connect(user), topic).join()

    async def test_a_push_is_replied(self):
        room = await self.join("ann", "room:a")
        payload = {"text": "ü 😀", "list": [1, None]}
        self.assertEqual(await room.ask("echo", payload), {"status": "ok", "response": payload})
        error = {"status": "error", "response": {"got": payload}}
        self.assertEqual(await room.ask("reply_error", payload), error)

    async def test_a_refused_join_says_why(self):
        client = await self.connect("ann")
        with self.assertRaisesRegex(PHXTopicError, "unauthorized"):
            await Seat(client, "room:forbidden").join()

    async def test_pushes_of_the_server_arrive(self):
        room = await self.join("ann", "room:a")
        await room.push("push", {"n": 1})
        self.assertEqual((await room.next("pushed")).payload, {"n": 1})

    async def test_a_crashed_channel_is_joined_again(self):
        client = await self.connect("ann")
        room = await Seat(client, "room:a").join()
        await room.push("crash", {})
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            while client.is_topic_joined("room:a"):
                await asyncio.sleep(0)
            while not client.is_topic_joined("room:a"):
                await asyncio.sleep(0)
        self.assertEqual((await room.ask("echo", {}))["status"], "ok")

    async def test_a_disconnected_socket_comes_back(self):
        client = await self.connect("ann-leaves")
        room = await Seat(client, "room:a").join()
        await room.push("disconnect_me", {})
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            while client.is_topic_joined("room:a"):
                await asyncio.sleep(0)
            while not client.is_topic_joined("room:a"):
                await asyncio.sleep(0)
        self.assertEqual((await room.ask("echo", {}))["status"], "ok")

    async def test_a_topic_can_be_left_and_joined_again(self):
        client = await self.connect("ann")
        await (await Seat(client, "room:a").join()).leave()
        self.assertFalse(client.is_topic_joined("room:a"))
        room = await Seat(client, "room:a").join()
        self.assertEqual((await room.ask("echo", {}))["status"], "ok")

    async def test_the_present_are_listed(self):
        hall = await self.join("ann", f"presence:{self.version}")
        self.assertEqual(list((await hall.next("presence_state")).payload), ["ann"])


class Version1(Scenarios, unittest.IsolatedAsyncioTestCase):
    version = "1.0"

    async def test_a_broadcast_reaches_the_others(self):
        ann, bob = await self.join("ann", "room:b"), await self.join("bob", "room:b")
        await ann.push("broadcast_from", {"n": 1})
        await ann.push("broadcast", {"n": 2})
        self.assertEqual((await bob.next("msg")).payload, {"n": 1})
        self.assertEqual((await bob.next("msg")).payload, {"n": 2})
        self.assertEqual((await ann.next("msg")).payload, {"n": 2})


# With this version the client drops every broadcast, also on Phoenix: a broadcast has no join reference.
class Version2(Scenarios, unittest.IsolatedAsyncioTestCase):
    version = "2.0"
