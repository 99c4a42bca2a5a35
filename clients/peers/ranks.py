"""A vLLM with two data-parallel ranks behind a gateway: parts of it are killed while clients ask.

    python3 clients/peers/ranks.py --binary VENV/bin/vllm --model HF-DIRECTORY [--faults core:1 worker:0 ...]

Every answer must be complete and right, or end with an error; keys, limits and ledger must agree with what the clients
saw. A fault is PART:RANK, where PART is `core`, `worker` (the process that computes for it), `api`, or `stop` (a core
that stops for a while); `all` kills everything. Needs ./tramontane to be built, and nothing but the standard library.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import json
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time

from run import PERSON, TOOL
from servers import ROOT, Gateway, get, start_vllm

FAULTS = ["core:1", "worker:0", "api:1", "stop:0", "core:0", "all"]
CLIENTS = 6
IDLE_SECONDS = 10
MONTH = 100_000_000

# What each kind of request has beside its messages.
KINDS = {
    "stream": {"stream": True, "temperature": 0, "logprobs": True, "max_tokens": 120},
    "whole": {"temperature": 0, "logprobs": True, "max_tokens": 60},
    "schema": {
        "max_tokens": 100,
        "response_format": {"type": "json_schema", "json_schema": {"name": "person", "strict": True, "schema": PERSON}},
    },
    "choices": {"stream": True, "n": 2, "max_tokens": 60},
    "tools": {"stream": True, "tools": [TOOL], "tool_choice": "any", "max_tokens": 120},
}
PROMPTS = ["Tell me about the sea.", "What is the weather in Paris for 3 days?", "Describe Ada, who is 36, as JSON."]


class Seen:
    """What one client saw of one request."""

    def __init__(self, kind, prompt):
        self.kind, self.prompt = kind, prompt
        self.status, self.id, self.done, self.error, self.usage = None, None, False, None, None
        self.texts, self.tokens = collections.defaultdict(str), []
        self.reasons, self.arguments, self.remaining = {}, "", None
        self.asked = time.monotonic()
        self.gap = self.seconds = 0.0

    @property
    def complete(self):
        return self.status == 200 and self.done and not self.error

    def read(self, gateway):
        connection, response = gateway.open(messages=[{"role": "user", "content": self.prompt}], random_seed=1, **KINDS[self.kind])
        with contextlib.closing(connection):
            self.status, self.id = response.status, response.getheader("mistral-correlation-id")
            self.remaining = response.getheader("x-ratelimit-remaining-tokens-month")
            if "text/event-stream" in response.getheader("content-type", ""):
                self.read_events(response)
            else:
                body = json.loads(response.read())
                self.done = True
                self.take(body) if self.status == 200 else setattr(self, "error", body)
        self.seconds = time.monotonic() - self.asked

    def read_events(self, response):
        last = self.asked
        for line in response:
            self.gap, last = max(self.gap, time.monotonic() - last), time.monotonic()
            if not line.startswith(b"data: "):
                continue
            assert not self.done, "an event after [DONE]"
            if line[6:].strip() == b"[DONE]":
                self.done = True
            else:
                self.take(json.loads(line[6:]))

    def take(self, chunk):
        self.error = chunk.get("error", self.error)
        self.usage = chunk.get("usage", self.usage)
        for choice in chunk.get("choices", []):
            part = choice.get("delta") or choice.get("message") or {}
            self.texts[choice["index"]] += part.get("content") or ""
            for call in part.get("tool_calls") or []:
                self.arguments += call["function"]["arguments"]
            self.tokens += (choice.get("logprobs") or {}).get("content") or []
            if choice.get("finish_reason"):
                self.reasons[choice["index"]] = choice["finish_reason"]

    def check(self):
        """Asserts that it is complete and right, or an error that shows."""
        if self.status != 200:
            assert self.status in (502, 503) and self.error.get("type") and self.error.get("message"), (self.status, self.error)
        elif self.error:
            assert not self.done and "error" in self.reasons.values() and self.usage is None, self.__dict__
        else:
            assert self.done, "neither an error nor [DONE]"
            self.check_complete()

    def check_complete(self):
        count = KINDS[self.kind].get("n", 1)
        assert len(self.reasons) == count and set(self.reasons.values()) <= {"stop", "length", "tool_calls"}, self.reasons
        assert 0 < self.usage["completion_tokens"] <= count * KINDS[self.kind]["max_tokens"], self.usage
        if "logprobs" in KINDS[self.kind]:
            joined = b"".join(bytes(token["bytes"]) for token in self.tokens).decode(errors="replace")
            assert joined.startswith(self.texts[0]) and self.texts[0], (joined, self.texts[0])
            assert self.usage["completion_tokens"] - len(self.tokens) in (0, 1), (len(self.tokens), self.usage)
        if self.kind == "schema":
            assert set(json.loads(self.texts[0])) == {"name", "age"}, self.texts[0]
        if self.kind == "tools":
            assert set(json.loads(self.arguments)) == {"city", "days"}, self.arguments


class Clients:
    """Ask one request after the other until they are stopped."""

    def __init__(self, gateway):
        self.gateway, self.seen, self.faults = gateway, [], []
        self.over, self.lock = threading.Event(), threading.Lock()
        self.threads = [threading.Thread(target=self.ask_on, args=(random.Random(i),)) for i in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def ask_on(self, draw):
        while not self.over.is_set():
            seen = ask(self.gateway, draw.choice(list(KINDS)), draw.choice(PROMPTS), self.faults)
            with self.lock:
                self.seen.append(seen)
            if not seen.complete:
                time.sleep(1)

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join(200)
            if thread.is_alive():
                self.faults.append("a client still waits")


def ask(gateway, kind, prompt, faults):
    seen = Seen(kind, prompt)
    try:
        seen.read(gateway)
        seen.check()
    except Exception as error:  # what a client must not see
        faults.append(f"{kind}, {seen.id}: {type(error).__name__}: {str(error)[:600]}")
    return seen


def victim(server, part, rank):
    """The process of a fault."""
    members = server.members()
    core = next(number for number, command in members.items() if command.startswith(f"VLLM::EngineCore_DP{rank}"))
    if part == "api":
        return next(number for number, command in members.items() if command.startswith(f"VLLM::APIServer_{rank}"))
    if part != "worker":
        return core
    parent = {number: int(pathlib.Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[1]) for number in members}
    children = [number for number in members if parent[number] == core and "resource_tracker" not in members[number]]
    # Without processes of its own, a core computes itself.
    return children[0] if children else core


def harm(server, fault):
    part, _, rank = fault.partition(":")
    if part == "all":
        server.signal(signal.SIGKILL)
        return
    number = victim(server, part, rank)
    if part == "stop":
        os.kill(number, signal.SIGSTOP)
        time.sleep(IDLE_SECONDS + 5)
        os.kill(number, signal.SIGCONT)
    else:
        os.kill(number, signal.SIGKILL)


def is_well(server):
    try:
        return get(server.url, "/health")[0] == 200
    except OSError:
        # The process is there, but nothing of it listens.
        return False


def play(gateway, server, fault):
    """Clients ask, the fault comes, the server is started again if it has ended, and clients get answers again."""
    clients = Clients(gateway)
    try:
        while len([seen for seen in clients.seen if seen.complete]) < CLIENTS:
            time.sleep(0.2)
        begun = time.monotonic()
        harm(server, fault)
        end = begun + 30
        while server.process.poll() is None and time.monotonic() < end:
            time.sleep(0.1)
        ended = server.process.poll() is not None
        print(f"   {fault}: vLLM {'ended after %.1f s' % (time.monotonic() - begun) if ended else 'runs on'}", flush=True)
        if not ended and not is_well(server):
            print("   ... but is not well, so it is killed", flush=True)
            ended = True
        if ended:
            with contextlib.suppress(ProcessLookupError):
                server.signal(signal.SIGKILL)
            time.sleep(2)
            server.start()
            server.await_health(900)
        well, before = time.monotonic(), len([seen for seen in clients.seen if seen.complete])
        while len([seen for seen in clients.seen if seen.complete]) == before and time.monotonic() < well + 60:
            time.sleep(0.05)
        answered = next((seen for seen in clients.seen[::-1] if seen.complete), None)
        first = max(0, answered.asked - well) if answered else -1
        print(f"   {fault}: the first request that got an answer came {first:.1f} s after it was well again", flush=True)
        time.sleep(5)
    finally:
        clients.stop()
    return clients


def summary(clients):
    counts = collections.Counter()
    for seen in clients.seen:
        text = "complete" if seen.complete else f"status {seen.status}" if seen.status != 200 else "error event"
        message = (seen.error or {}).get("message", "")
        counts[f"{text}: {message}"[:150].rstrip(": ")] += 1
    for text, count in sorted(counts.items()):
        print(f"      {count} x {text}")
    print(f"      longest gap between events {max(seen.gap for seen in clients.seen):.1f} s, longest request {max(seen.seconds for seen in clients.seen):.1f} s")


def check_ledger(ledger, all_seen, faults):
    """One row for each request, with what the client saw; returns the tokens of the rows of this month (UTC)."""
    with contextlib.closing(sqlite3.connect(ledger)) as database:
        columns = "id, outcome, http_status, prompt_tokens, completion_tokens, began_ms"
        rows = {row[0]: row[1:] for row in database.execute(f"SELECT {columns} FROM ledger WHERE path = '/v1/chat/completions'")}
    tokens, month = 0, time.gmtime()[:2]
    for seen in all_seen:
        row = rows.pop(seen.id, None)
        if row is None:
            faults.append(f"no row for {seen.id}: status {seen.status}")
            continue
        outcome, status, prompt, completion, began = row
        if time.gmtime(began / 1000)[:2] == month:
            tokens += (prompt or 0) + (completion or 0)
        if status != seen.status or (outcome == "finished") != seen.complete:
            faults.append(f"{seen.id}: the row says {row}, the client saw {seen.status}, complete: {seen.complete}")
        if seen.complete and (prompt, completion) != (seen.usage["prompt_tokens"], seen.usage["completion_tokens"]):
            faults.append(f"{seen.id}: the row says {row}, the client {seen.usage}")
    if rows:
        faults.append(f"rows that nobody asked for: {rows}")
    return tokens


def check_limits(gateway, ledger, all_seen, faults):
    """All places are free again, and the month has lost what the rows say."""
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        together = list(pool.map(lambda _: ask(gateway, "stream", PROMPTS[0], faults), range(CLIENTS)))
    faults += [f"a place is still taken: {seen.error}" for seen in together if not seen.complete]
    last = ask(gateway, "whole", PROMPTS[0], faults)
    time.sleep(3)
    tokens = check_ledger(ledger, [*all_seen, *together, last], faults)
    print(f"      tokens of the rows {tokens}, taken from the month {MONTH - int(last.remaining)}")
    if tokens != MONTH - int(last.remaining):
        faults.append("the month and the rows differ")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--binary", required=True)
    options.add_argument("--model", required=True)
    options.add_argument("--faults", nargs="*", default=FAULTS)
    given = options.parse_args()
    given.data_parallel = True
    folder = pathlib.Path(tempfile.mkdtemp(prefix="ranks-"))
    print(f"-- logs in {folder}", flush=True)
    ledger = folder / "ledger.db"
    create = [str(ROOT / "tramontane"), "keys", "create", "alice", "--ledger", str(ledger), "--concurrent", str(CLIENTS), "--tokens-per-month", str(MONTH)]
    key = subprocess.run(create, check=True, capture_output=True, text=True).stdout.strip()
    server = start_vllm(given, folder / "vllm.log")
    started, faults, all_seen = [server], [], []
    try:
        server.await_health(900)
        gateway = Gateway("vllm", [server.url], folder, idle_seconds=IDLE_SECONDS, ledger=ledger)
        started.insert(0, gateway.process)
        gateway.key = key
        for fault in given.faults:
            clients = play(gateway, server, fault)
            summary(clients)
            all_seen += clients.seen
            faults += clients.faults
        check_limits(gateway, ledger, all_seen, faults)
    finally:
        for process in started:
            process.stop()
    for fault in faults:
        print("   FAILED:", fault)
    complete = len([seen for seen in all_seen if seen.complete])
    print(f"requests {len(all_seen)}, complete {complete}, errors {len(all_seen) - complete}, wrong {len(faults)}")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
