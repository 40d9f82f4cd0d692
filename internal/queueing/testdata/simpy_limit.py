# A closed batch under a limit in SimPy: arguments are tasks and limit. Prints ns per task. The places
# are workers that share an iterator, which takes a tenth of the time of a process for each task that
# asks for a place.
import random
import sys
import time

import simpy

tasks, limit = int(sys.argv[1]), int(sys.argv[2])
draw = random.Random(1).lognormvariate
env = simpy.Environment()
todo = iter(range(tasks))


def worker():
    for _ in todo:
        yield env.timeout(draw(0, 1))


began = time.perf_counter()
for _ in range(limit):
    env.process(worker())
env.run()
print((time.perf_counter() - began) / tasks * 1e9)
