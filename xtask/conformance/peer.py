"""What goes wrong between a client and a service, and what comes of it with the official Python client.

One case a line: `saw - case # what came of it`. Nothing is right or wrong here; it is told and put beside the others.
"""

import os
import random

from checks import VERSION, client, since, until

try:
    from mistralai.client.utils import BackoffStrategy, RetryConfig
except ImportError:
    from mistralai.utils import BackoffStrategy, RetryConfig

CHAT = "/v1/chat/completions"
MODEL = "mistral-small-latest"
KEY = "canary-5d0c2f81"

plain = client(api_key=KEY)


def told(error):
    # An answer that cannot be read has a status too, which says nothing.
    status = getattr(error, "status_code", None)
    return status if status and status >= 400 else type(error).__name__


def saw(case, work):
    try:
        result = work()
    except Exception as error:
        result = f"error: {told(error)}"
    print(f"saw - {case} # {result}", flush=True)


def request(text="Hello"):
    return {"custom_id": "a", "body": {"messages": [{"role": "user", "content": text}]}}


def create(api, text="Hello", **more):
    return api.batch.jobs.create(requests=[request(text)], model=MODEL, endpoint=CHAT, **more)


def done(api, job, status="SUCCESS"):
    return until(status, lambda: api.batch.jobs.get(job_id=job.id))


def lost_answer(address, **options):
    api = client(os.environ[address])
    try:
        create(api, **options)
        answer = "a job is returned"
    except Exception as error:
        answer = f"error {told(error)}"
    return f"{api.batch.jobs.list().total} made, {answer}"


backoff = RetryConfig("backoff", BackoffStrategy(10, 50, 1.5, 2_000), True)
saw("a create is answered 502 after it took effect", lambda: lost_answer("LOST_BASE_URL"))
saw("the same, with retries", lambda: lost_answer("LOST_AGAIN_BASE_URL", retries=backoff))


def two_statuses():
    note = {"suite": f"n{random.randrange(10**12)}"}
    done(plain, create(plain, metadata=note))
    stopped = create(plain, metadata=note)
    plain.batch.jobs.cancel(job_id=stopped.id)
    done(plain, stopped, "CANCELLED")
    found = plain.batch.jobs.list(metadata=note, status=["SUCCESS", "CANCELLED"]).data
    return f"{len(found)} of 2 found"


def note_like_a_parameter():
    note = {"suite": f"n{random.randrange(10**12)}", "page": "9"}
    create(plain, metadata=note)
    return f"{len(plain.batch.jobs.list(metadata=note).data)} of 1 found"


saw("a list is filtered by two statuses and a note", two_statuses)
saw("a list is filtered by a note called `page`", note_like_a_parameter)


def upload():
    name = 'été "1".jsonl'
    file = plain.files.upload(file={"file_name": name, "content": b"{}\n"}, purpose="batch")
    return f"kept as `{plain.files.retrieve(file_id=file.id).filename}` for {file.purpose}"


saw('a file called `été "1".jsonl` is uploaded', upload)


def key_shown():
    if KEY in f"{plain!r} {plain!s}":
        return "shown"
    return "hidden, shown in its `sdk_configuration`" if KEY in repr(plain.sdk_configuration) else "hidden"


saw("the client is printed for debugging", key_shown)


def line_separator():
    job = done(plain, create(plain, "one\u2028two"))
    lines = list(plain.files.download(file_id=job.output_file).iter_lines())
    return f"{len(lines)} lines for 1 result"


saw("a result holds U+2028, read by lines", line_separator)

if since(3, 0, 0):
    import asyncio

    from mistralai.client.models import ChatCompletionResponse
    from mistralai.extra.batch import BatchClient

    def by_the_helper():
        job = done(plain, create(plain, "one\u2028two"))

        async def read():
            async with client(api_key=KEY) as own:
                batch = BatchClient(own, endpoint=CHAT, response_body_type=ChatCompletionResponse)
                handle = await batch.get(job.id)
                return len([item async for item in batch.stream_results(handle)])

        return f"{asyncio.run(read())} of 1 result read"

    saw("a result holds U+2028, read by the client's own reader", by_the_helper)
else:
    print("saw - a result holds U+2028, read by the client's own reader # it has none")

faulty = client(os.environ["FAULTY_BASE_URL"])


def unknown_status():
    job = faulty.batch.jobs.get(job_id=create(faulty).id)
    return f"read as {job.status}" if getattr(job, "status", None) else f"handed over as {type(job).__name__}"


def broken_download():
    content = b'{"n": 1}\n' * 1000
    file = faulty.files.upload(file={"file_name": "a.jsonl", "content": content}, purpose="batch")
    read = faulty.files.download(file_id=file.id).read()
    return "whole" if read == content else f"{len(read)} of {len(content)} bytes, without an error"


saw("a job has a status of tomorrow", unknown_status)
saw("a download breaks off", broken_download)
