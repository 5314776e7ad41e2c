"""realtime, the client of supabase-py."""

import asyncio
import unittest

from realtime import AsyncRealtimeClient, RealtimeSubscribeStates

from server import Server

WAIT_SECONDS_MAX = 10


class Seat:
    """A topic that a client has subscribed to."""

    def __init__(self, client, topic, name):
        self.states, self.heard, self.seen = asyncio.Queue(), asyncio.Queue(), asyncio.Queue()
        presence = {"key": name, "enabled": True}
        config = {"broadcast": {"ack": True, "self": False}, "presence": presence, "private": False}
        self.channel = client.channel(topic, {"config": config})
        self.channel.on_broadcast("said", lambda message: self.heard.put_nowait(message["payload"]))
        self.channel.on_presence_sync(lambda: self.seen.put_nowait(sorted(self.channel.presence_state())))

    async def join(self):
        await self.channel.subscribe(lambda state, error: self.states.put_nowait(state))
        await until(self.states, RealtimeSubscribeStates.SUBSCRIBED)
        return self


class Realtime(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("clients")
        cls.addClassCleanup(cls.server.stop)

    async def join(self, topic, name):
        client = AsyncRealtimeClient(self.server.socket_url, "key")
        await client.connect()
        self.addAsyncCleanup(client.close)
        return await Seat(client, topic, name).join()

    async def test_a_broadcast_reaches_the_others(self):
        ann, bob = await self.join("a", "ann"), await self.join("a", "bob")
        await ann.channel.send_broadcast("said", {"text": "ü 😀"})
        await until(bob.heard, {"text": "ü 😀"})
        self.assertTrue(ann.heard.empty())

    async def test_a_crashed_channel_is_joined_again(self):
        ann, bob = await self.join("b", "ann"), await self.join("b", "bob")
        await ann.channel.send_presence("crash", {})
        await until(ann.states, RealtimeSubscribeStates.CHANNEL_ERROR)
        await until(ann.states, RealtimeSubscribeStates.SUBSCRIBED)
        await bob.channel.send_broadcast("said", {"text": "welcome back"})
        await until(ann.heard, {"text": "welcome back"})

    async def test_presences_come_and_go(self):
        ann, bob = await self.join("c", "ann"), await self.join("c", "bob")
        await ann.channel.track({"status": "online"})
        await bob.channel.track({"status": "online"})
        await until(ann.seen, ["ann", "bob"])
        await bob.channel.untrack()
        await until(ann.seen, ["ann"])
        await bob.channel.track({"status": "back"})
        await until(ann.seen, ["ann", "bob"])
        await bob.channel.unsubscribe()
        await until(bob.states, RealtimeSubscribeStates.CLOSED)
        await until(ann.seen, ["ann"])


async def until(events, wanted):
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        while await events.get() != wanted:
            pass
