"""Checks of a client against the emulator, told one a line in the Test Anything Protocol."""

import os
import sys
import time

try:
    from mistralai.client import Mistral  # 2.x
except ImportError:
    from mistralai import Mistral  # 1.x

URL = os.environ["MISTRAL_BASE_URL"]
RETIRED_URL = os.environ["RETIRED_BASE_URL"]
VERSION = os.environ["CLIENT_VERSION"]

failures = 0


def since(*numbers):
    """Whether the client is as young as this version."""
    return tuple(int(number) for number in VERSION.split(".")) >= numbers


def client(url=URL, **options):
    return Mistral(**{"api_key": "any", "server_url": url, **options})


def check(name, work):
    """Runs one check; what it raises is what is wrong."""
    global failures
    try:
        result = work()
    except Exception as error:  # a check may fail in any way
        failures += 1
        text = " ".join(f"{type(error).__name__}: {error}".split())
        print(f"not ok - {name} # {text[:300]}", flush=True)
        return None
    print(f"ok - {name}", flush=True)
    return result


def finish():
    sys.exit(1 if failures else 0)


def same(seen, expected, what="value"):
    if seen != expected:
        raise AssertionError(f"{what}: saw {seen!r}, expected {expected!r}")


def known(answer):
    """Fails if the client kept the answer as a variant it does not know."""
    if type(answer).__name__.startswith("Unknown"):
        raise AssertionError(f"the client does not know this: {answer!r}")
    return answer


def refused(status, work):
    """Fails unless the client raises an error of this status."""
    try:
        answer = work()
    except Exception as error:
        seen = getattr(error, "status_code", None)
        if seen is None:
            raise
        return same(seen, status, "status")
    raise AssertionError(f"expected {status}, was answered {answer!r}")


def until(status, look, seconds=20):
    """Looks until the status is reached; another end is a failure."""
    deadline = time.monotonic() + seconds
    while True:
        job = known(look())
        if job.status == status:
            return job
        if job.status in ("SUCCESS", "FAILED", "FAILED_VALIDATION", "CANCELLED") or time.monotonic() > deadline:
            raise AssertionError(f"the job is {job.status}, expected {status}")
        time.sleep(0.1)
