"""The work that CPython's pools are given; imported by name, as children of forkserver and spawn need it."""
import time

# As ours; no interpreter needs it, but the queue is in the same state then.
WARM_UP = 20_000


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


def produce(queue, go, size):
    """Says that it is there, then fills a queue with as many items as it is told, until it is told 0."""
    item = bytes(size) if size > 0 else 7
    queue.put("ready")
    while count := go.get():
        for _ in range(count):
            queue.put(item)


def answer(requests, replies, count):
    for _ in range(count):
        replies.put(requests.get())


def echo_messages(connection, count):
    for _ in range(count):
        connection.send(connection.recv())


def add_locked(lock, number, count, ready, go):
    ready.set()
    go.wait()
    for _ in range(count):
        with lock:
            number.value += 1


def produce_many(queue, go, count, ready):
    for index in range(WARM_UP):
        queue.put(index)
    ready.release()
    go.wait()
    for index in range(count):
        queue.put(index)
    ready.release()


def consume_many(queue, go, count, ready):
    for _ in range(WARM_UP):
        queue.get()
    ready.release()
    go.wait()
    for _ in range(count):
        queue.get()
    ready.release()


def add_to_value(number, count, ready, go):
    ready.release()
    go.wait()
    for _ in range(count):
        with number.get_lock():
            number.value += 1
    ready.release()


def square_part(numbers, start, end):
    for index in range(start, end):
        numbers[index] = numbers[index] * numbers[index]


def square_timed(numbers, start, end, ready, go):
    ready.release()
    go.wait()
    square_part(numbers, start, end)
    ready.release()


def echo_events(ask, reply, count):
    for _ in range(count):
        ask.wait()
        ask.clear()
        reply.set()
