"""The event loop of `wasock.py`: asyncio on the event queue of wit/."""

import asyncio
import heapq
import traceback
from dataclasses import dataclass

from componentize_py_types import Err
from wit_world.imports import console, events, timers

BATCH = 64
"""How many events are fetched at one time."""


class Interrupted(BaseException):
    """The host asks the test to finish."""


@dataclass
class Pong:
    """A pong that has come."""

    data: bytes


class Loop(asyncio.AbstractEventLoop):
    """An event loop of asyncio that waits for the host's events."""

    def __init__(self):
        self.queue = events.EventQueue()
        # By the numbers of sockets; what belongs to no socket is for the last one.
        self.listeners = {None: self._completed}
        self.operations = {}
        self._failed = []
        self._ready = []
        self._scheduled = []
        self._count = 0

    def run(self, stage):
        """Runs a coroutine to its end."""
        asyncio._set_running_loop(self)
        try:
            task = self.create_task(stage)
            while not task.done():
                if not self._call_ready():
                    self._wait()
            return task.result()
        finally:
            # What still waits ends here, with its connections.
            for left in asyncio.all_tasks(self):
                left.cancel()
            while self._call_ready():
                pass
            asyncio._set_running_loop(None)
            self._tell_of_failed()

    def _call_ready(self):
        """Calls what is to be called now, and says whether there was anything."""
        now = self.time()
        while self._scheduled and (self._scheduled[0][0] <= now or self._scheduled[0][2].cancelled()):
            self._ready.append(heapq.heappop(self._scheduled)[2])
        ready, self._ready = self._ready, []
        for handle in ready:
            if not handle.cancelled():
                handle._run()
        return bool(ready)

    def _wait(self):
        """Waits for events, at the longest until something is to be called."""
        now = self.time()
        timeout = None
        if self._scheduled:
            timeout = max(0, round((self._scheduled[0][0] - now) * 1e9))
        try:
            found = self.queue.wait(BATCH, timeout)
        except Err:
            raise Interrupted from None
        for event in found:
            if isinstance(event, events.Event_Ping):
                # The host has answered it.
                continue
            listener = self.listeners.get(getattr(event.value, "socket", None))
            if listener:
                listener(Pong(event.value.data) if isinstance(event, events.Event_Pong) else event.value)

    def _completed(self, event):
        future = self.operations.pop(getattr(event, "operation", None), None)
        if future and not future.done():
            future.set_result(None)

    def _task_done(self, task):
        # Until the stage ends, somebody may still ask for the error.
        if task._log_traceback:
            self._failed.append(task)

    def _tell_of_failed(self):
        """Writes the errors of tasks that nobody has asked for to the log."""
        for task in self._failed:
            if task._log_traceback and isinstance(error := task.exception(), Exception):
                self.call_exception_handler({"message": f"nobody has awaited {task!r}", "exception": error})

    def time(self):
        return timers.now() / 1e9

    def call_soon(self, callback, *args, context=None):
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    call_soon_threadsafe = call_soon

    def call_later(self, delay, callback, *args, context=None):
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def call_at(self, when, callback, *args, context=None):
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._count += 1
        heapq.heappush(self._scheduled, (when, self._count, handle))
        return handle

    def create_future(self):
        return asyncio.Future(loop=self)

    def create_task(self, coroutine, **options):
        task = asyncio.Task(coroutine, loop=self, **options)
        task.add_done_callback(self._task_done)
        return task

    def call_exception_handler(self, context):
        line = str(context.get("message"))
        if error := context.get("exception"):
            line += "\n" + "".join(traceback.format_exception(error)).rstrip()
        console.log(console.Level.ERROR, console.Source.RUNTIME, line)

    def _timer_handle_cancelled(self, handle):
        pass

    def get_debug(self):
        return False

    def is_running(self):
        return True

    def is_closed(self):
        return False
