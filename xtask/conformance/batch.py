"""Files and batch jobs, by the official Python client."""

import datetime
import io
import json
import random
import tempfile
import urllib.request

from checks import check, client, finish, known, refused, same, since, until

CHAT = "/v1/chat/completions"
MODEL = "mistral-small-latest"
NOTHING = "00000000-0000-4000-8000-000000000000"

api = client()
jobs = api.batch.jobs
INLINE = since(1, 10, 1)


def question(custom_id, text="One word, please."):
    return {"custom_id": custom_id, "body": {"max_tokens": 16, "messages": [{"role": "user", "content": text}]}}


def lines(requests):
    return "".join(json.dumps(request, ensure_ascii=False) + "\n" for request in requests).encode()


def upload(content, name="batch.jsonl"):
    return api.files.upload(file={"file_name": name, "content": content}, purpose="batch").id


def create(*file_ids, **more):
    return known(jobs.create(input_files=list(file_ids), model=MODEL, endpoint=CHAT, **more))


def done(job):
    return until("SUCCESS", lambda: jobs.get(job_id=job.id))


def results(file_id):
    """The lines of a file, by the ids of their requests."""
    text = api.files.download(file_id=file_id).read().decode()
    read = [json.loads(line) for line in text.split("\n") if line]
    return {line["custom_id"]: line for line in read}


CONTENT = lines([question("é", "Déjà vu ☕\u2028?"), question("b")])


def upload_file():
    file = api.files.upload(file={"file_name": 'été "1".jsonl', "content": CONTENT}, purpose="batch")
    same((file.purpose, file.sample_type, file.source), ("batch", "batch_request", "upload"))
    return file.id


file_id = check("files.upload", upload_file)


def retrieve_file():
    file = api.files.retrieve(file_id=file_id)
    same((file.id, file.deleted), (file_id, False))
    same(getattr(file, "size_bytes", None) or file.bytes, len(CONTENT), "bytes")


def list_files():
    filters = [{}, {"purpose": "batch"}, {"sample_type": ["batch_request"], "source": ["upload"]}, {"page_size": 5}]
    for filter in filters:
        same(file_id in [file.id for file in api.files.list(**filter).data], True, str(filter))
    same(api.files.list(purpose="fine-tune").data, [])
    same(api.files.list(search="no such name").data, [])


def signed_url():
    url = api.files.get_signed_url(file_id=file_id, expiry=1).url
    # Fetched without the key: the address carries its own right.
    same(urllib.request.urlopen(url).read(), CONTENT)


check("files.retrieve", retrieve_file)
check("files.list", list_files)
check("files.download", lambda: same(api.files.download(file_id=file_id).read(), CONTENT))
check("files.get_signed_url", signed_url)


def whole():
    asked = [f"q-{number}" for number in range(7)]
    job = create(upload(lines(map(question, asked))), metadata={"suite": "whole"})
    same((job.status in ("QUEUED", "RUNNING"), job.endpoint, job.model), (True, CHAT, MODEL))
    job = done(job)
    same((job.total_requests, job.succeeded_requests, job.failed_requests), (7, 7, 0))
    same((job.errors, bool(job.error_file)), ([], False))
    answered = results(job.output_file)
    # The service promises no order; the ids bring it back.
    for custom_id in asked:
        response = answered[custom_id]["response"]
        same((response["status_code"], response["body"]["object"]), (200, "chat.completion"))
    same(len(answered), 7)


def failing_request():
    job = done(create(upload(lines([question("good"), {"custom_id": "bad", "body": {"max_tokens": 5}}]))))
    same((job.succeeded_requests, job.failed_requests), (1, 1))
    same(list(results(job.output_file)), ["good"])
    same(list(results(job.error_file)), ["bad"])


def broken_file():
    job = create(upload(b'{"custom_id": "a", "body": {\n'))
    job = until("FAILED", lambda: jobs.get(job_id=job.id))
    same(len(job.errors) > 0, True, "errors")


check("a job from a file, whole", whole)
check("a failing request is in the error file", failing_request)
check("a broken file fails the job", broken_file)

if INLINE:

    def inline():
        job = jobs.create(requests=[question("first"), question("second")], model=MODEL, endpoint=CHAT)
        done(job)
        job = jobs.get(job_id=job.id, inline=True)
        same(sorted(output["custom_id"] for output in job.outputs), ["first", "second"])

    check("a job from inline requests", inline)


def list_jobs():
    note = f"n{random.randrange(10**12)}"
    before = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
    # One status alone was all that could be asked for before 1.7.
    several = (lambda *all: list(all)) if since(1, 7, 0) else (lambda *all: all[0])
    made = []
    for team in ["blue", "blue", "green"]:
        job = create(upload(lines([question("a")]), f"{team}.jsonl"), metadata={"suite": note, "team": team})
        made.append(done(job).id)
    count = lambda **filters: len([known(job) for job in jobs.list(metadata=filters.pop("notes", {"suite": note}), **filters).data])
    same(count(), 3)
    same(count(notes={"suite": note, "team": "blue"}), 2)
    same(count(status=several("SUCCESS", "CANCELLED")), 3)
    same(count(status=several("RUNNING")), 0)
    same(count(model="no-such-model"), 0)
    same(count(created_after=before, created_by_me=True), 3)
    same(count(created_after=before + datetime.timedelta(days=2)), 0)
    page = jobs.list(metadata={"suite": note}, page=1, page_size=2)
    same((len(page.data), page.total), (1, 3))
    if since(1, 12, 3):
        oldest_first = jobs.list(metadata={"suite": note}, order_by="created")
        same([job.id for job in oldest_first.data], made)


def cancel():
    job = create(upload(lines([question("a")])))
    same(known(jobs.cancel(job_id=job.id)).status in ("CANCELLATION_REQUESTED", "CANCELLED"), True, "status")
    until("CANCELLED", lambda: jobs.get(job_id=job.id))


check("jobs.list with filters", list_jobs)
check("jobs.cancel", cancel)

if since(2, 2, 0):

    def delete_job():
        job = done(create(upload(lines([question("a")]))))
        answer = jobs.delete(job_id=job.id)
        same((answer.id, answer.deleted), (job.id, True))
        refused(404, lambda: jobs.get(job_id=job.id))

    check("jobs.delete", delete_job)


def models():
    same(MODEL in [model.id for model in api.models.list().data], True, "listed")
    same(api.models.retrieve(model_id=MODEL).capabilities.completion_chat, True, "capability")
    refused(403, lambda: api.models.delete(model_id=MODEL))


check("the vendor's models", models)


def nobody():
    keyless = client(api_key=None)
    refused(401, lambda: keyless.files.list())
    refused(401, lambda: keyless.batch.jobs.list())


def absent():
    for operation in [api.files.retrieve, api.files.delete, api.files.download]:
        refused(404, lambda: operation(file_id=NOTHING))
    for operation in [jobs.get, jobs.cancel]:
        refused(404, lambda: operation(job_id=NOTHING))


check("no key is 401", nobody)
check("what is not there is 404", absent)
check("what cannot be is 422", lambda: refused(422, lambda: create(file_id, timeout_hours=1000)))


def cookbook():
    # One hundred chat requests, as the cookbook sends them: a buffer, an upload, a loop, a file.
    buffer = io.BytesIO()
    for index in range(100):
        request = {"custom_id": str(index), "body": {"max_tokens": random.randint(10, 1000),
                   "messages": [{"role": "user", "content": f"Tell me about the number {index}."}]}}
        buffer.write(json.dumps(request).encode("utf-8"))
        buffer.write(b"\n")
    file = api.files.upload(file={"file_name": "file.jsonl", "content": buffer.getvalue()}, purpose="batch")
    job = api.batch.jobs.create(input_files=[file.id], model=MODEL, endpoint=CHAT, metadata={"job_type": "testing"})
    progress = []
    while job.status in ["QUEUED", "RUNNING"]:
        job = api.batch.jobs.get(job_id=job.id)
        if job.total_requests:
            progress.append((job.succeeded_requests + job.failed_requests) / job.total_requests)
    same((job.status, job.total_requests, job.succeeded_requests), ("SUCCESS", 100, 100))
    same((sorted(progress), progress[-1]), (progress, 1.0), "progress")
    stream = api.files.download(file_id=job.output_file)
    with tempfile.NamedTemporaryFile("wb+") as output:
        for chunk in stream.stream:
            output.write(chunk)
        output.seek(0)
        read = [json.loads(line) for line in output]
    same(sorted(int(line["custom_id"]) for line in read), list(range(100)))
    same(all(line["response"]["body"]["choices"][0]["message"]["content"] for line in read), True, "answers")


check("the cookbook's 100 chat requests", cookbook)

if since(3, 0, 0):
    import asyncio

    from mistralai.client.models import ChatCompletionRequest, ChatCompletionResponse
    from mistralai.extra.batch import BatchClient, BatchInput, BatchRequestError

    def body(text):
        return ChatCompletionRequest(model=MODEL, max_tokens=16, messages=[{"role": "user", "content": text}])

    def helped(work):
        async def inner():
            async with client() as own:
                return await work(BatchClient(own, endpoint=CHAT, response_body_type=ChatCompletionResponse))

        return asyncio.run(inner())

    payload = {f"id-{number}": body(f"Number {number}") for number in range(12)}

    async def run(batch, **options):
        result = await batch.run(payload, model=MODEL, poll_interval_seconds=0.1, **options)
        same((result.status, result.succeeded, result.failed), ("SUCCESS", 12, 0))
        same([answer.object for answer in result.ordered(list(payload))], ["chat.completion"] * 12)

    async def run_inline(batch):
        await run(batch)

    async def run_uploaded(batch):
        await run(batch, inline_threshold=3)

    async def stream(batch):
        input = BatchInput.from_payload({**payload, "bad": body("x")})
        raw = input.to_jsonl_bytes() + b'\n{"custom_id": "worse", "body": {"max_tokens": 5}}'
        file = await batch.upload(BatchInput.from_jsonl_bytes(raw), expiry_hours=2)
        handle = await batch.create(file, model=MODEL, metadata={"suite": "helper"})
        outcomes = {}
        async for custom_id, outcome in batch.stream_results(handle, poll_interval_seconds=0.1):
            outcomes[custom_id] = outcome
        same(set(outcomes), {*payload, "bad", "worse"})
        same([key for key, outcome in outcomes.items() if isinstance(outcome, BatchRequestError)], ["worse"])

    async def stop(batch):
        handle = await batch.cancel(await batch.create(BatchInput.from_payload(payload), model=MODEL))
        handle = await batch.wait(handle, poll_interval_seconds=0.1)
        same(handle.status, "CANCELLED")

    check("the batch helper: run inline", lambda: helped(run_inline))
    check("the batch helper: run with an upload", lambda: helped(run_uploaded))
    check("the batch helper: results as a stream", lambda: helped(stream))
    check("the batch helper: cancel and wait", lambda: helped(stop))


def delete_file():
    same(api.files.delete(file_id=file_id).deleted, True)
    refused(404, lambda: api.files.download(file_id=file_id))


check("files.delete", delete_file)
finish()
