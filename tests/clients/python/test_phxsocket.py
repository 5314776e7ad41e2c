"""phxsocket: serializer version 1.0.0 and whole numbers as references."""

import queue
import unittest

import phxsocket

from server import Server

WAIT_SECONDS_MAX = 10


class Phxsocket(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("golden")
        cls.addClassCleanup(cls.server.stop)

    def connect(self, user):
        client = phxsocket.Client(f"{self.server.socket_url}/websocket", {"user": user})
        self.assertTrue(client.connect())
        self.addCleanup(client.close)
        return client

    def join(self, client, topic):
        channel = client.channel(topic)
        channel.join()
        return channel

    def heard(self, channel, event):
        inbox = queue.Queue()
        channel.on(event, inbox.put)
        return lambda: inbox.get(timeout=WAIT_SECONDS_MAX)

    def ask(self, channel, event, payload):
        reply = channel.push(event, payload, reply=True)
        self.assertTrue(reply.event.wait(WAIT_SECONDS_MAX), f"no reply to {event}")
        return reply.message

    def test_joining_gives_the_response_or_the_reason(self):
        client = self.connect("ann")
        self.assertEqual(client.channel("room:welcome").join(), {"welcome": "hi", "n": 1})
        with self.assertRaises(phxsocket.channel.ChannelConnectError) as refusal:
            client.channel("room:forbidden").join()
        self.assertEqual(refusal.exception.args, ({"reason": "unauthorized"},))

    def test_a_push_is_replied(self):
        room = self.join(self.connect("ann"), "room:a")
        payload = {"text": "ü 😀", "list": [1, None]}
        self.assertEqual(self.ask(room, "echo", payload), {"status": "ok", "response": payload})
        self.assertEqual(self.ask(room, "reply_error", payload), {"status": "error", "response": {"got": payload}})

    def test_a_broadcast_reaches_the_others(self):
        ann = self.join(self.connect("ann"), "room:b")
        bob = self.join(self.connect("bob"), "room:b")
        to_ann, to_bob = self.heard(ann, "msg"), self.heard(bob, "msg")
        self.ask(ann, "broadcast_from", {"n": 1})
        self.ask(ann, "broadcast", {"n": 2})
        self.assertEqual([to_bob(), to_bob(), to_ann()], [{"n": 1}, {"n": 2}, {"n": 2}])

    def test_a_crashed_channel_can_be_joined_again(self):
        room = self.join(self.connect("ann"), "room:c")
        crashed = self.heard(room, "phx_error")
        room.push("crash", {})
        crashed()
        room.join()
        self.assertEqual(self.ask(room, "reply_ok_only", {})["status"], "ok")

    def test_a_topic_can_be_left(self):
        client = self.connect("ann")
        room = self.join(client, "room:d")
        closed = queue.Queue()
        room.on_close = lambda: closed.put("closed")
        room.leave()
        self.assertEqual(closed.get(timeout=WAIT_SECONDS_MAX), "closed")
        answer = self.ask(room, "echo", {})
        self.assertEqual(answer, {"status": "error", "response": {"reason": "unmatched topic"}})

    def test_presences_come_and_go(self):
        ann = self.connect("ann").channel("presence:hall")
        state, diff = self.heard(ann, "presence_state"), self.heard(ann, "presence_diff")
        ann.join()
        self.assertIn("ann", state())
        bob = self.connect("bob").channel("presence:hall")
        bob.join()
        while "bob" not in diff()["joins"]:
            pass
        bob.leave()
        while "bob" not in diff()["leaves"]:
            pass
