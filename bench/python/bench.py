"""CPython's multiprocessing as a contender: python3 bench.py MEASURE '{"count": 1000}' prints JSON lines as the drivers do."""
import ctypes
import json
import multiprocessing as mp
import os
import resource
import signal
import sys
import threading
import time

import tasks


def end_with_parent():
    # PR_SET_PDEATHSIG: a pool of CPython outlives its host otherwise.
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def percentiles(times, scale):
    times.sort()
    at = lambda part: times[min(len(times) - 1, int(len(times) * part))] * scale
    return {"p50": at(0.5), "p99": at(0.99)}


def round_trips(call, count):
    for _ in range(max(1, count // 10)):
        call()
    times = []
    for _ in range(count):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return percentiles(times, 1e6)


def rate(count, run):
    start = time.perf_counter()
    run()
    return {"value": count / (time.perf_counter() - start)}


def task_rate(p):
    with mp.Pool(2) as pool:
        pool.map(tasks.noop, range(1000))
        def run():
            for pending in [pool.apply_async(tasks.noop) for _ in range(p["count"])]:
                pending.get()
        return rate(p["count"], run)


def task_round_trip(p):
    with mp.Pool(2) as pool:
        return round_trips(lambda: pool.apply(tasks.noop), p["count"])


def argument(p):
    data = bytes(p["bytes"])
    with mp.Pool(2) as pool:
        return round_trips(lambda: pool.apply(tasks.last_byte, (data,)), p["count"])


def result(p):
    with mp.Pool(2) as pool:
        return round_trips(lambda: pool.apply(tasks.make_bytes, (p["bytes"],)), p["count"])


def pool_map(p):
    with mp.Pool(2) as pool:
        pool.map(tasks.noop, range(1000))
        items = list(range(p["count"]))
        return rate(p["count"], lambda: pool.map(tasks.noop, items))


def imap_unordered(p):
    with mp.Pool(2) as pool:
        pool.map(tasks.noop, range(1000))
        def run():
            for _ in pool.imap_unordered(tasks.noop, range(p["count"]), p.get("chunk", 1)):
                pass
        return rate(p["count"], run)


def skewed(p):
    count = p["count"]
    lengths = [1 + 60 * 2.718281828459045 ** (-index * 10 / count) for index in range(count)]
    bound = max(sum(lengths) / 2, max(lengths)) / 1000
    with mp.Pool(2) as pool:
        pool.map(tasks.noop, range(10))
        start = time.perf_counter()
        pool.map(tasks.spin, lengths, p.get("chunk"))
        return {"value": (time.perf_counter() - start) / bound}


def many_items(p):
    """Rate and growth of memory when the input is ten times as long."""
    peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    few = imap_unordered({"count": p["count"], "chunk": 1000})["value"]
    before = peak()
    many = imap_unordered({"count": p["count"] * 10, "chunk": 1000})["value"]
    return {"rate kept": many / few, "growth MiB": peak() - before}


def first_result(p):
    start = time.perf_counter()
    with mp.get_context(p["method"]).Pool(2) as pool:
        pool.apply(tasks.echo, (1,))
        return {"value": (time.perf_counter() - start) * 1000}


def many_workers(p):
    start = time.perf_counter()
    with mp.Pool(p["workers"]) as pool:
        pool.map(tasks.noop, range(p["workers"]), 1)
        return {"value": (time.perf_counter() - start) * 1000}


def start(p):
    context = mp.get_context(p["method"])
    context.Process(target=tasks.noop).start()
    runs, joins = [], []
    for index in range(p["count"] + 2):
        time.sleep(p.get("rest", 0) / 1000)
        far, near = context.Pipe()
        began = time.monotonic_ns()
        process = context.Process(target=tasks.stamp_now, args=(near,))
        process.start()
        ran = far.recv()
        process.join()
        if index >= 2:
            joins.append((time.monotonic_ns() - began) / 1e6)
            runs.append((ran - began) / 1e6)
    return {"target runs": percentiles(runs, 1)["p50"], "start + join": percentiles(joins, 1)["p50"]}


def queue(p):
    kind = getattr(mp, p["kind"])
    items, go = kind(), mp.SimpleQueue()
    mp.Process(target=tasks.produce, args=(items, go, p["bytes"]), daemon=True).start()
    items.get()
    def flow(count):
        go.put(count)
        return rate(count, lambda: [items.get() for _ in range(count)])
    flow(p["count"] // 2)
    return flow(p["count"])


def queue_round_trip(p):
    kind = getattr(mp, p["kind"])
    requests, replies, count = kind(), kind(), p["count"] + max(1, p["count"] // 10)
    mp.Process(target=tasks.answer, args=(requests, replies, count), daemon=True).start()
    def call():
        requests.put(7)
        replies.get()
    return round_trips(call, p["count"])


def pipe_round_trip(p):
    near, far = mp.Pipe()
    count = p["count"] + max(1, p["count"] // 10)
    mp.Process(target=tasks.echo_messages, args=(far, count), daemon=True).start()
    def call():
        near.send(7)
        near.recv()
    return round_trips(call, p["count"])


def uncontended(p):
    count = p["count"]
    values = {}
    for name in ("Lock", "RLock", "Semaphore"):
        lock = getattr(mp, name)()
        acquire, release = lock.acquire, lock.release
        start = time.perf_counter()
        for _ in range(count):
            acquire()
            release()
        values[name] = (time.perf_counter() - start) / count * 1e9
    return values


def contended(p):
    context, count = mp.get_context("fork"), p["count"]
    lock, number, go = context.Lock(), context.RawValue("q", 0), context.Event()
    ready = [context.Event() for _ in range(2)]
    workers = [context.Process(target=tasks.add_locked, args=(lock, number, count, one, go)) for one in ready]
    for worker in workers:
        worker.start()
    for one in ready:
        one.wait()
    start = time.perf_counter()
    go.set()
    for worker in workers:
        worker.join()
    assert number.value == 2 * count
    return {"value": 2 * count / (time.perf_counter() - start)}


def together(context, targets):
    """Starts a process for each (target, arguments), lets all go at once, and gives the seconds until all say that they are done."""
    ready, go = context.Semaphore(0), context.Event()
    workers = [context.Process(target=target, args=arguments(ready, go)) for target, arguments in targets]
    for worker in workers:
        worker.start()
    for _ in workers:
        ready.acquire()
    start = time.perf_counter()
    go.set()
    for _ in workers:
        ready.acquire()
    seconds = time.perf_counter() - start
    for worker in workers:
        worker.join()
    return seconds


def queue_many(p):
    context, count = mp.get_context("fork"), p["count"]
    items = context.Queue()
    sides = [tasks.produce_many] * p["sides"] + [tasks.consume_many] * p["sides"]
    arguments = lambda ready, go: (items, go, count, ready)
    return {"value": p["sides"] * count / together(context, [(side, arguments) for side in sides])}


def locked_value(p):
    context, count = mp.get_context("fork"), p["count"]
    number = context.Value("q", 0)
    arguments = lambda ready, go: (number, count, ready, go)
    seconds = together(context, [(tasks.add_to_value, arguments)] * p["workers"])
    assert number.value == p["workers"] * count
    return {"value": p["workers"] * count / seconds}


def squaring(p):
    context, size, workers = mp.get_context("fork"), p["size"], p["workers"]
    numbers = context.Array("d", range(size))
    part = size // workers
    spans = [(at * part, size if at == workers - 1 else (at + 1) * part) for at in range(workers)]
    arguments = [lambda ready, go, span=span: (numbers, *span, ready, go) for span in spans]
    return {"value": size / together(context, [(tasks.square_timed, one) for one in arguments]) / 1e6}


def event(p):
    count = p["count"] + max(1, p["count"] // 10)
    ask, reply = mp.Event(), mp.Event()
    mp.Process(target=tasks.echo_events, args=(ask, reply, count), daemon=True).start()
    def call():
        ask.set()
        reply.wait()
        reply.clear()
    return round_trips(call, p["count"])


def resident(pid):
    found = {}
    with open(f"/proc/{pid}/smaps_rollup") as lines:
        for line in lines:
            name, *rest = line.split()
            if name in ("Rss:", "Pss:"):
                found[name[:-1].upper() + " MiB"] = int(rest[0]) / 1024
    return found


def idle_worker(p):
    with mp.get_context(p["method"]).Pool(1) as pool:
        return resident(pool.apply(os.getpid))


def managers(p):
    count = p["count"]
    with mp.Manager() as manager:
        table, things = manager.dict(), manager.list()
        def per_second(call):
            call(0)
            return rate(count, lambda: [call(index) for index in range(count)])["value"]
        return {
            "dict set": per_second(lambda index: table.__setitem__("key", index)),
            "dict get": per_second(lambda index: table["key"]),
            "list append": per_second(things.append),
        }


def manager_callers(p):
    each = p["count"] // p["callers"]
    with mp.Manager() as manager:
        table = manager.dict(key=1)
        def call():
            for _ in range(each):
                table["key"]
        call()
        threads = [threading.Thread(target=call) for _ in range(p["callers"])]
        start = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return {"dict get": each * p["callers"] / (time.perf_counter() - start)}


MEASURES = {
    "tasks": task_rate, "roundTrip": task_round_trip, "argument": argument, "result": result, "map": pool_map,
    "imapUnordered": imap_unordered, "skewed": skewed, "manyItems": many_items, "firstResult": first_result,
    "manyWorkers": many_workers, "start": start, "queue": queue, "queueMany": queue_many,
    "queueRoundTrip": queue_round_trip,
    "pipeRoundTrip": pipe_round_trip, "uncontended": uncontended, "contended": contended, "lockedValue": locked_value,
    "event": event, "idleWorker": idle_worker, "squaring": squaring, "managers": managers,
    "managerCallers": manager_callers,
}

if __name__ == "__main__":
    end_with_parent()
    for key, value in MEASURES[sys.argv[1]](json.loads(sys.argv[2])).items():
        print(json.dumps({"key": key, "value": value}), flush=True)
