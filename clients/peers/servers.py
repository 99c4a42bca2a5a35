"""The engines and the gateway that the scripts of this folder start, and what a client of the gateway sees."""

import contextlib
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAME = "peer"
CONTEXT = 2048
IDLE_SECONDS = 4


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(url, path):
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


class Process:
    """A server that this script has started."""

    def __init__(self, command, log, environment=None):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log
        self.command = [part.replace("PORT", str(self.port)) for part in command]
        self.environment = {**os.environ, **(environment or {})}
        self.start()

    def start(self):
        """Starts it, also again after its end, at the same port."""
        with open(self.log, "ab") as out:
            self.process = subprocess.Popen(self.command, stdout=out, stderr=out, env=self.environment, start_new_session=True)

    def await_health(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                if get(self.url, "/health")[0] == 200:
                    return self
            except OSError:
                pass
            time.sleep(0.3)
        raise SystemExit(f"{self.log}: the server did not start")

    def signal(self, what):
        os.killpg(self.process.pid, what)

    def members(self):
        """The processes of this server: their numbers with their command lines, without the one that was started."""
        found = {}
        for line in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            number = int(line.parent.name)
            try:
                if os.getpgid(number) == self.process.pid and number != self.process.pid:
                    found[number] = line.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
        return found

    def ranks(self):
        """The processes of this server that are ranks of vLLM."""
        return sorted(number for number, command in self.members().items() if "EngineCore" in command)

    def stop(self):
        if self.process.poll() is None:
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.signal(signal.SIGKILL)
                self.process.wait()


def start_llama(given, log):
    return Process(
        [given.binary, "-m", given.model, "--port", "PORT", "--host", "127.0.0.1", "-c", str(CONTEXT * 2), "-np", "2", "-t", "1", "--metrics"],
        log,
    )


def start_vllm(given, log):
    command = [given.binary, "serve", given.model, "--served-model-name", NAME, "--host", "127.0.0.1", "--port", "PORT"]
    command += ["--dtype", "float32", "--enforce-eager", "--max-model-len", str(CONTEXT), "--max-num-seqs", "16"]
    command += ["--enable-auto-tool-choice", "--tool-call-parser", "hermes", "--enable-prompt-tokens-details"]
    environment = {
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "CUDA_VISIBLE_DEVICES": "",
        # Else each start compiles vLLM again.
        "PYTHONDONTWRITEBYTECODE": "",
    }
    if given.data_parallel:
        command += ["--data-parallel-size", "2"]
        environment["VLLM_CPU_OMP_THREADS_BIND"] = "0|1"
    return Process(command, log, environment)


class Gateway:
    key = None

    def __init__(self, kind, urls, folder, more=(), idle_seconds=IDLE_SECONDS, ledger="none"):
        config = folder / "gateway.toml"
        lines = [f'upstream = {json.dumps([f"{NAME}={kind}+{url}" for url in urls])}', f'ledger = "{ledger}"', "upstream-check = 1", *more]
        lines += ["[timeout]", f"upstream-idle-seconds = {idle_seconds}", "upstream-first-byte-seconds = 120"]
        config.write_text("\n".join(lines) + "\n")
        command = [str(ROOT / "tramontane"), "serve", "--port", "PORT"]
        self.process = Process(command, folder / "gateway.log", {"TRAMONTANE_CONFIG": str(config), "HOME": str(folder)})
        self.process.await_health(180)
        self.url = self.process.url

    def metrics(self):
        return get(self.url, "/metrics")[1]

    def open(self, **fields):
        """The response to a request whose answer is still to be read."""
        body = {"model": NAME, "messages": [{"role": "user", "content": "Tell me about the sea."}], **fields}
        parts = urllib.parse.urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=300)
        path = "/v1/fim/completions" if "suffix" in fields else "/v1/chat/completions"
        if "suffix" in fields:
            body.pop("messages")
        headers = {"content-type": "application/json", **({"authorization": f"Bearer {self.key}"} if self.key else {})}
        connection.request("POST", path, json.dumps(body), headers)
        return connection, connection.getresponse()

    def ask(self, **fields):
        connection, response = self.open(**fields)
        with contextlib.closing(connection):
            return response.status, json.loads(response.read())

    def answer(self, **fields):
        status, body = self.ask(**fields)
        assert status == 200, body
        return body

    def stream(self, **fields):
        """Text, the last chunk, and whether [DONE] came."""
        connection, response = self.open(stream=True, **fields)
        with contextlib.closing(connection):
            return read_stream(response)


def read_stream(response, after_first=None):
    text, last, done = "", None, False
    for line in response:
        if not line.startswith(b"data: "):
            continue
        data = line[6:].strip()
        if data == b"[DONE]":
            done = True
            continue
        last = json.loads(data)
        for choice in last.get("choices", []):
            piece = choice.get("delta", {}).get("content") or ""
            if piece and after_first:
                after_first()
                after_first = None
            text += piece
    return text, last, done
