"""Prints the public names of multiprocessing and of concurrent.futures, as test/parity/python-names.txt lists them."""

import concurrent.futures as futures
import multiprocessing
from multiprocessing import connection, managers, pool, process, queues, shared_memory, synchronize

# Public by accident: modules, constants of the logger, and parts of other names.
HIDDEN = {'connection', 'context', 'heap', 'managers', 'pool', 'process', 'queues', 'reducer', 'reduction', 'resource_tracker',
          'shared_memory', 'sharedctypes', 'spawn', 'synchronize', 'sys', 'util', 'SUBDEBUG', 'SUBWARNING'}
CLASSES = [
    ('Process', process.BaseProcess), ('Pool', pool.Pool), ('AsyncResult', pool.AsyncResult),
    ('IMapIterator', pool.IMapIterator), ('Queue', queues.Queue), ('SimpleQueue', queues.SimpleQueue),
    ('Connection', connection.Connection), ('Listener', connection.Listener), ('Condition', synchronize.Condition),
    ('Semaphore', synchronize.Semaphore), ('Event', synchronize.Event), ('Barrier', synchronize.Barrier),
    ('SharedMemory', shared_memory.SharedMemory), ('ShareableList', shared_memory.ShareableList),
    ('BaseManager', managers.BaseManager), ('Executor', futures.Executor),
]
NOT_FOR_USERS = {'Semaphore': set(), 'Future': {'set_exception', 'set_result', 'set_running_or_notify_cancel'}}


def public(thing, hidden=frozenset()):
    return sorted(name for name in dir(thing) if not name.startswith('_') and name not in hidden)


print('# Printed by scripts/python-names.py; the test compares docs/from-python.md with it.')
for name in public(multiprocessing, HIDDEN):
    print(name)
for name, cls in CLASSES:
    for member in public(cls, NOT_FOR_USERS.get(name, set())):
        print(f'{name}.{member}')
for member in public(managers.SyncManager, set(public(managers.BaseManager))):
    print(f'SyncManager.{member}')
for member in public(futures.Future, NOT_FOR_USERS['Future']):
    print(f'Future.{member}')
