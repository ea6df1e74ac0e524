"""The work that CPython's pools are given; imported by name, as children of forkserver and spawn need it."""
import time


def noop(_=None):
    return None


def echo(value):
    return value


def spin(milliseconds):
    end = time.perf_counter() + milliseconds / 1000
    while time.perf_counter() < end:
        pass


def last_byte(data):
    return data[-1]


_made = {}


def make_bytes(length):
    if length not in _made:
        _made[length] = bytes(length)
    return _made[length]


def stamp_now(connection):
    connection.send(time.monotonic_ns())


def produce(queue, go, count, size):
    """Says that it is there, then fills a queue once told to."""
    item = bytes(size) if size > 0 else 7
    queue.put("ready")
    go.get()
    for _ in range(count):
        queue.put(item)


def answer(requests, replies, count):
    for _ in range(count):
        replies.put(requests.get())


def add_locked(lock, number, count, ready, go):
    ready.set()
    go.wait()
    for _ in range(count):
        with lock:
            number.value += 1


def echo_events(ask, reply, count):
    for _ in range(count):
        ask.wait()
        ask.clear()
        reply.set()
