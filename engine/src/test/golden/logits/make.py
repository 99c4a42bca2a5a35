"""Makes tiny-models.txt: what the judges say of every file of testkit's TinyModelFiles.

    ./mvnw -q -pl testkit compile
    java -cp testkit/target/classes tramontane.testkit.TinyModelFiles DIR
    python3 engine/src/test/golden/logits/make.py DIR

needs llama-cpp-python, gguf and numpy; the file in the repository was made with 0.3.36, 0.19.0 and 2.4.6.
The lines of Q2_K, of the IQ formats and of models with experts were made with libllama 0.5.0 of node-llama-cpp 3.22.1 in place of llama-cpp-python; it gives
the other lines with the same logits.

The judge is llama.cpp in fp32: the weights of each file are dequantised into an F32 file first, keys and values are kept in
F32, flash attention is off. Beside its logits the distance of llama.cpp on the file itself is written down, which computes
quantised weights against 8-bit activations: the largest difference in log-probability over the judge's top 10.

llama.cpp reads no sliding window from files of the architecture "llama", so there the judge is `forward` below, a plain
forward pass in fp64. It is compared with llama.cpp on the same weights without a window first.
"""

import ctypes
import os
import sys

import gguf
import llama_cpp
import numpy as np

# The last 8 of the 512 tokens are special and stay out.
PROMPTS = [[7], [i * 37 % 504 for i in range(3, 10)], [(i * i + 11 * i + 5) % 504 for i in range(48)]]
POSITIONS = [0, 6, 8, 15, 16, 31, 47]  # at and around the window of 8 and the original context of 16
KEPT = 10


def values_of(tensor):
    """A tensor's weights in fp32. The gguf package does not know those of Q1_0; llama.cpp's own function does."""
    if tensor.tensor_type != gguf.GGMLQuantizationType.Q1_0:
        return gguf.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
    library = ctypes.CDLL(os.path.join(os.path.dirname(llama_cpp.__file__), "lib", "libggml-base.so"))
    blocks = np.ascontiguousarray(tensor.data)
    values = np.zeros(int(np.prod(tensor.shape)), dtype=np.float32)
    library.dequantize_row_q1_0(
        blocks.ctypes.data_as(ctypes.c_void_p), values.ctypes.data_as(ctypes.c_void_p), ctypes.c_int64(values.size))
    return values


def dequantized(source, target):
    """Writes the file `source` again with all weights in F32."""
    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(target, reader.fields["general.architecture"].contents())
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name == "general.architecture":
            continue
        kind = field.types[0]
        inner = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), kind, inner)
    for tensor in reader.tensors:
        values = values_of(tensor)
        writer.add_tensor(tensor.name, values.reshape([int(n) for n in tensor.shape[::-1]]))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def llama_logits(path, prompt):
    """The logits at every position of the prompt, from llama.cpp."""
    model = llama_cpp.Llama(
        path, n_ctx=128, n_batch=128, n_threads=1, verbose=False, logits_all=True,
        type_k=llama_cpp.GGML_TYPE_F32, type_v=llama_cpp.GGML_TYPE_F32, flash_attn=False)
    model.eval(prompt)
    logits = np.array(model.scores[: len(prompt)], dtype=np.float64)
    model.close()
    return logits


def forward(path, prompt, window):
    """The logits at every position of the prompt for a file of the architecture "llama" in F32, without rope scaling."""
    reader = gguf.GGUFReader(path)
    key = {name: field.contents() for name, field in reader.fields.items() if name.startswith("llama.")}
    weight = {
        tensor.name: np.array(tensor.data, dtype=np.float64).reshape([int(n) for n in tensor.shape[::-1]])
        for tensor in reader.tensors
    }
    heads, groups = key["llama.attention.head_count"], key["llama.attention.head_count_kv"]
    size, base = key["llama.rope.dimension_count"], key["llama.rope.freq_base"]
    epsilon = key["llama.attention.layer_norm_rms_epsilon"]
    position = np.arange(len(prompt))
    angle = position[:, None] * base ** (-np.arange(0, size, 2) / size)[None, :]
    turn = np.exp(1j * angle)

    def norm(x, name):
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + epsilon) * weight[name]

    def rotate(x):
        pairs = x[..., 0::2] + 1j * x[..., 1::2]
        pairs = pairs * turn[:, None, :]
        return np.stack([pairs.real, pairs.imag], -1).reshape(x.shape)

    distance = position[:, None] - position[None, :]
    hidden = (distance < 0) | (distance >= window)
    x = weight["token_embd.weight"][prompt]
    for layer in range(key["llama.block_count"]):
        block = f"blk.{layer}."
        y = norm(x, block + "attn_norm.weight")
        q = rotate((y @ weight[block + "attn_q.weight"].T).reshape(len(prompt), heads, size))
        k = rotate((y @ weight[block + "attn_k.weight"].T).reshape(len(prompt), groups, size))
        v = (y @ weight[block + "attn_v.weight"].T).reshape(len(prompt), groups, size)
        k, v = np.repeat(k, heads // groups, 1), np.repeat(v, heads // groups, 1)
        score = np.einsum("ihd,jhd->hij", q, k) / np.sqrt(size)
        score[:, hidden] = -np.inf
        score = np.exp(score - score.max(-1, keepdims=True))
        mixed = np.einsum("hij,jhd->ihd", score / score.sum(-1, keepdims=True), v)
        x = x + mixed.reshape(len(prompt), -1) @ weight[block + "attn_output.weight"].T
        y = norm(x, block + "ffn_norm.weight")
        gate = y @ weight[block + "ffn_gate.weight"].T
        gate = gate / (1 + np.exp(-gate)) * (y @ weight[block + "ffn_up.weight"].T)
        x = x + gate @ weight[block + "ffn_down.weight"].T
    return norm(x, "output_norm.weight") @ weight["output.weight"].T


def log_probabilities(logits):
    shifted = logits - logits.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def rows(prompt, judge, other):
    """A line's fields for each position: position, logsumexp, llama.cpp's distance, and the top tokens with their logits."""
    mine, theirs = log_probabilities(judge), log_probabilities(other)
    for position in POSITIONS:
        if position >= len(prompt) or (position == 0 and len(prompt) > 1):
            continue
        top = np.argsort(-judge[position], kind="stable")[:KEPT]
        total = judge[position].max() - mine[position].max()
        distance = np.abs(mine[position] - theirs[position])[top].max()
        tokens = " ".join(f"{i}:{judge[position][i]:.4f}" for i in top)
        yield f"{position} {total:.4f} {distance:.4f} {tokens}"


def judged(path, prompt, work):
    if path.endswith("llama-f32-sliding_window.gguf"):
        plain = llama_logits(path, prompt)
        difference = np.abs(forward(path, prompt, len(prompt)) - plain).max()
        assert difference < 1e-3, f"the plain forward pass is {difference} from llama.cpp"
        judge = forward(path, prompt, 8)
        return judge, judge
    whole = os.path.join(work, "dequantized.gguf")
    dequantized(path, whole)
    return llama_logits(whole, prompt), llama_logits(path, prompt)


def main(folder):
    work = os.path.join(folder, "work")
    os.makedirs(work, exist_ok=True)
    lines = ["# prompt NUMBER: TOKENS", "# MODEL PROMPT POSITION LOGSUMEXP LLAMA.CPP'S-DISTANCE TOKEN:LOGIT..."]
    lines += [f"prompt {i}: {' '.join(map(str, prompt))}" for i, prompt in enumerate(PROMPTS)]
    for name in sorted(n for n in os.listdir(folder) if n.endswith(".gguf")):
        path = os.path.join(folder, name)
        for i, prompt in enumerate(PROMPTS):
            judge, other = judged(path, prompt, work)
            lines += [f"{name.removesuffix('.gguf')} {i} {row}" for row in rows(prompt, judge, other)]
        print(name)
    target = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tiny-models.txt")
    with open(target, "w") as out:
        out.write("\n".join(lines) + "\n")


main(sys.argv[1])
