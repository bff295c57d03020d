"""Goes wrong in the way that the variable FAULT names."""

import asyncio
import sys

from wasock import connect, env


async def fault(_data):
    """What is wrong is told, whoever it was that did it."""
    await FAULTS[env("FAULT")]()


async def wrong():
    raise ValueError("it went wrong")


async def task():
    asyncio.create_task(wrong())
    await asyncio.sleep(0.001)


async def callback():
    asyncio.get_running_loop().call_later(0.001, lambda: 1 / 0)
    await asyncio.sleep(0.005)


async def leave():
    sys.exit(3)


async def header():
    connect("ws://a.test/", headers=[("X-A", 1)])


async def duration():
    connect("ws://a.test/", timeout="5s")


FAULTS = {"task": task, "callback": callback, "exit": leave, "header": header, "duration": duration}
