"""Runs the parts of a town on one machine: starts them in order, starts them again when they end, stops them together.

One loop in the main thread (children are tied to it: when we are killed, so are they). What may last, preparing a part
and waiting until it is ready, runs in a thread of its own, whose result the loop collects. A part that keeps failing
is declared down, and tried again a while later: what stood in its way may have gone. The rest lives.
"""

import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType

from beffroi.adapters.process.status import PartStatus
from beffroi.cli.parts import Part
from beffroi.cli.running import Running, Task, how_it_ended

FAILURES_ALLOWED = 5
WINDOW = 60.0
FIRST_PAUSE = 0.25
DOWN_PAUSE = 60.0
TICK = 0.25
HEARTBEAT = 5.0
# Together under the 5 s within which Ctrl-C must be done.
PATIENCE_FIRST = 0.8
PATIENCE_PROGRAMS = 2.0
PATIENCE_SERVERS = 1.7
PATIENCE_LAST_SIGNAL = 0.4
CHUNK = 65_536


class Supervisor:
    """`say(part, message)` takes the log; `publish(parts)` is called at every change and as a heartbeat; `ready()` once,
    when all parts have been ready. What is down is tried again every `down_pause` seconds.
    """

    def __init__(
        self,
        parts: Iterable[Part],
        *,
        say: Callable[[str, str], None],
        publish: Callable[[tuple[PartStatus, ...]], None],
        ready: Callable[[], None],
        now: Callable[[], float] = time.monotonic,
        down_pause: float = DOWN_PAUSE,
    ) -> None:
        self._all = {part.name: Running(part) for part in parts}
        self._say = say
        self._publish = publish
        self._ready = ready
        self._now = now
        self._down_pause = down_pause
        self._selector = selectors.DefaultSelector()
        self._stop_asked = 0
        self.renew_asked = False
        self._retry_asked = False
        self._fatal: str | None = None
        self._published: tuple[PartStatus, ...] = ()
        self._published_at = 0.0
        self._announced = False

    def run(self) -> str | None:
        """Until a signal asks to stop (None), or an essential part can't be started (why). From the main thread."""
        with self._signals():
            try:
                while not self._stop_asked and self._fatal is None:
                    self._step()
                    self._listen(TICK)
            finally:
                self._stop()
        return self._fatal

    def _step(self) -> None:
        asked, self._retry_asked = self._retry_asked, False
        for each in self._all.values():
            if each.state == "down" and (asked or self._now() >= each.again_at):
                each.failures.clear()
                each.state = "waiting"
            self._advance(each)
        if not self._announced and all(each.ready_once for each in self._all.values()):
            self._announced = True
            self._ready()
        self._tell()

    def _advance(self, each: Running) -> None:
        if each.state == "backing off" and self._now() >= each.again_at:
            each.state = "waiting"
        if each.state == "waiting" and all(self._all[name].ready_once for name in each.part.needs):
            each.state, each.task = "preparing", Task(each.part.service.prepare)
        if each.state == "preparing" and each.task is not None and each.task.done:
            self._start(each, each.task.error)
        if each.process is not None and each.process.poll() is not None:
            self._ended(each, each.process)
        if each.state == "starting" and each.task is not None and each.task.done:
            self._started(each, each.task.error)
        if each.state == "running":
            each.part.service.attend()

    def _start(self, each: Running, error: Exception | None) -> None:
        each.task = None
        if error is None:
            reader, writer = os.pipe()
            try:
                each.process = each.part.service.spawn(writer)
            except Exception as problem:  # noqa: BLE001 - the supervisor outlives whatever a part does
                error = problem
                os.close(reader)
            finally:
                os.close(writer)
        if error is not None:
            self._failed(each, str(error))
            if each.part.essential and not each.ready_once:
                self._fatal = str(error)  # no use in trying again what can't even begin
            return
        os.set_blocking(reader, False)
        self._selector.register(reader, selectors.EVENT_READ, each)
        each.pipe, each.starts, each.state = reader, each.starts + 1, "starting"
        each.task = Task(each.part.service.await_ready) if not each.part.once else None

    def _started(self, each: Running, error: Exception | None) -> None:
        each.task = None
        if error is None:
            each.state, each.ready_once, each.reason = "running", True, None
            return
        self._say(each.part.name, str(error))
        if each.process is not None:
            each.process.kill()

    def _ended(self, each: Running, process: subprocess.Popen[bytes]) -> None:
        self._read(each)
        self._close_pipe(each)
        each.process, each.task = None, None
        if each.part.once and process.returncode == 0:
            each.state, each.ready_once, each.reason = "done", True, None
            return
        self._failed(each, how_it_ended(process.returncode))

    def _failed(self, each: Running, reason: str) -> None:
        now = self._now()
        each.reason = reason
        each.failures.append(now)
        while each.failures[0] < now - WINDOW:
            each.failures.popleft()
        if len(each.failures) < FAILURES_ALLOWED:
            pause = FIRST_PAUSE * 2 ** (len(each.failures) - 1)
            each.state, each.again_at = "backing off", now + pause
            self._say(each.part.name, f"{reason}; starting again in {pause:g} s")
            return
        each.state, each.again_at = "down", now + self._down_pause
        self._say(
            each.part.name,
            f"DOWN: {reason}; it failed {FAILURES_ALLOWED} times within {WINDOW:.0f} s. The rest goes on. "
            f"It is tried again every {self._down_pause:g} s; once you have mended the cause, `kill -HUP {os.getpid()}` tries at once.",
        )
        nothing_runs = all(other.state == "down" for other in self._all.values())
        if nothing_runs or (each.part.essential and not each.ready_once):
            self._fatal = f"{each.part.name}: {reason}"

    def _tell(self) -> None:
        statuses = tuple(each.status() for each in self._all.values())
        if statuses != self._published or self._now() - self._published_at > HEARTBEAT:
            self._publish(statuses)
            self._published, self._published_at = statuses, self._now()

    def _listen(self, timeout: float) -> None:
        for key, _ in self._selector.select(timeout):
            if isinstance(key.data, Running):
                self._read(key.data)
            else:
                os.read(key.fd, CHUNK)  # a signal came: its handler has run

    def _read(self, each: Running) -> None:
        while each.pipe is not None:
            try:
                chunk = os.read(each.pipe, CHUNK)
            except BlockingIOError:
                return
            if not chunk:
                self._close_pipe(each)
                return
            *lines, each.unfinished = (each.unfinished + chunk).split(b"\n")
            if len(each.unfinished) > CHUNK:
                lines, each.unfinished = [*lines, each.unfinished], b""
            for line in lines:
                self._say(each.part.name, line.decode("utf-8", "replace"))

    def _close_pipe(self, each: Running) -> None:
        if each.pipe is not None:
            self._selector.unregister(each.pipe)
            os.close(each.pipe)
            each.pipe = None
        if each.unfinished:
            self._say(each.part.name, each.unfinished.decode("utf-8", "replace"))
            each.unfinished = b""

    def _stop(self) -> None:
        everybody = list(self._all.values())
        self._stop_group([each for each in everybody if each.part.first], PATIENCE_FIRST)
        self._stop_group([each for each in everybody if not (each.part.first or each.part.last)], PATIENCE_PROGRAMS)
        self._stop_group([each for each in everybody if each.part.last], PATIENCE_SERVERS)
        self._tell()
        self._selector.close()

    def _stop_group(self, group: list[Running], patience: float) -> None:
        signals = max((len(each.part.stop_signals) for each in group), default=0)
        for step in range(signals):
            for each in group:
                if each.process is not None and step < len(each.part.stop_signals):
                    each.process.send_signal(each.part.stop_signals[step])
            self._await_end(group, PATIENCE_LAST_SIGNAL if step else patience)
        for each in group:
            if each.process is not None:
                self._say(each.part.name, "does not end: killed")
                each.process.kill()
                each.process.wait()
        self._await_end(group, 0)

    def _await_end(self, group: list[Running], patience: float) -> None:
        """Goes on reading what they say (a full pipe would hold them) until all have ended, or time is up."""
        asked, until = self._stop_asked, self._now() + patience
        while True:
            for each in group:
                if each.process is not None and each.process.poll() is not None:
                    self._read(each)
                    self._close_pipe(each)
                    each.process = None
                if each.process is None and each.state != "down":
                    each.state = "stopped"
            hurried = self._stop_asked > max(asked, 1)
            if hurried or self._now() >= until or all(each.process is None for each in group):
                return
            self._listen(min(TICK, max(0.0, until - self._now())))

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """SIGINT and SIGTERM ask to stop (twice: at once), SIGUSR2 to stop and begin anew as another release, SIGHUP to try again
        what is down; each, and a child's end, wakes the loop.
        """
        waker, woken = socket.socketpair()
        waker.setblocking(False)
        self._selector.register(woken, selectors.EVENT_READ, None)

        def stop(_number: int, _frame: FrameType | None) -> None:
            self._stop_asked += 1

        def renew(_number: int, _frame: FrameType | None) -> None:
            self._stop_asked += 1
            self.renew_asked = True

        def retry(_number: int, _frame: FrameType | None) -> None:
            self._retry_asked = True

        def nothing(_number: int, _frame: FrameType | None) -> None:
            pass

        wanted = {
            **dict.fromkeys((signal.SIGINT, signal.SIGTERM), stop),
            signal.SIGUSR2: renew,
            signal.SIGHUP: retry,
            signal.SIGCHLD: nothing,
        }
        before = {number: signal.signal(number, handler) for number, handler in wanted.items()}
        wakeup = signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(wakeup)
            for number, handler in before.items():
                signal.signal(number, handler)
            waker.close()
            woken.close()
