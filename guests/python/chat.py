"""Ten users meet in a chat room, say something every second or two, and leave: examples/crocochat.js in Python."""

import asyncio
import json

import fault
import speed
import wasock
from client_transcript import client
from vu_transcript import vu
from wasock import Metric, Pong, check, connect, env, random
from wit_world.imports import execution
from wit_world.imports.metrics import Kind

test = wasock.Test(
    options={
        "vus": 10,
        "iterations": 10,
        "thresholds": {"checks": ["rate==1"], "ws_connecting": ["p(95)<1000"]},
    }
)
test.function("clientTranscript")(client)
test.function("vuTranscript")(vu)
test.function("pingPong")(speed.ping_pong)
test.function("flood")(speed.flood)
test.function("fault")(fault.fault)


def server():
    return env("WSS", "wss://chat.example")


def pause():
    return int(env("PAUSE", "1000"))


@test.setup
def setup():
    return {"room": "swamp"}


@test.function("default")
async def chat(data):
    await echo()
    room = data["room"]
    pongs = Metric("chat_pongs", Kind.COUNTER)
    async with connect(f"{server()}/ws/crocochat/{room}/", tags={"room": room}) as socket:
        check("connected", socket.handshake.status == 101)
        say(socket, event="SET_NAME", new_name=f"Croc {execution.vu().id_in_test}")
        visiting = asyncio.create_task(visit(socket))
        async for message in socket:
            if isinstance(message, Pong):
                pongs.add(1)
            else:
                check("is a chat message", json.loads(message)["event"] == "CHAT_MSG")
        await visiting
        check("left the room", socket.closed.code == 1000 and socket.closed.was_clean)


def say(socket, **event):
    socket.send(json.dumps(event))


async def visit(socket):
    talking = [asyncio.create_task(talk(socket)), asyncio.create_task(ping(socket))]
    await asyncio.sleep(int(env("STAY", "8000")) / 1000)
    for task in talking:
        task.cancel()
    say(socket, event="LEAVE")


async def talk(socket):
    while True:
        await asyncio.sleep(random(pause(), 2 * pause()) / 1000)
        say(socket, event="SAY", message=f"snap {random(0, 99999):05}")


async def ping(socket):
    while True:
        await asyncio.sleep(pause() / 1000)
        socket.ping(b"are you there?")


async def echo():
    """One binary message there and back, with a subprotocol."""
    sent = bytes([0, 1, 2, 255])
    async with connect(f"{server()}/protocol", protocols=["chat.v1"], timeout=5) as socket:
        check("speaks chat.v1", socket.handshake.protocol == "chat.v1")
        socket.send(sent)
        async for message in socket:
            check("is what was sent", message == sent)
            socket.close(1000, "done")


@test.teardown
def teardown(data):
    print(f"the {data['room']} is empty")


@test.handle_summary
def handle_summary(data):
    file = env("SUMMARY")
    return {file: json.dumps(data)} if file else {}


Lifecycle = test.lifecycle
