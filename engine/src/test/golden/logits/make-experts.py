"""Makes experts.txt and routes.txt: what Hugging Face's transformers computes for the files with experts of testkit's TinyModelFiles.

    ./mvnw -q -pl testkit compile
    java -cp testkit/target/classes tramontane.testkit.TinyModelFiles DIR
    pip install transformers==5.24.0 torch==2.9.1 gguf==0.19.0 numpy==2.4.6
    python3 engine/src/test/golden/logits/make-experts.py DIR

It is a second judge beside the llama.cpp of make.py, in fp32 on the weights dequantised from the very files.

    experts.txt  lines of the form of tiny-models.txt, with llama.cpp's distance left at 0
    routes.txt   MODEL LAYER POSITION LOGIT... | EXPERT:WEIGHT...: the logits of a router as the bits of fp32, and what it chose
"""

import os
import sys

import gguf
import numpy as np
import torch
from transformers import MixtralConfig, MixtralForCausalLM, Qwen3MoeConfig, Qwen3MoeForCausalLM

HERE = os.path.dirname(os.path.abspath(__file__))
FORMATS = ["f32", "f16", "bf16", "q8_0", "q4_k"]
KEPT = 10
LAYER = {"attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
             "attn_output": "self_attn.o_proj", "attn_q_norm": "self_attn.q_norm", "attn_k_norm": "self_attn.k_norm",
             "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm", "ffn_gate_inp": "mlp.gate",
             "ffn_down_exps": "mlp.experts.down_proj"}
OUTSIDE = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}


def read(path):
    reader = gguf.GGUFReader(path)
    name = reader.fields["general.architecture"].contents()
    key = {f.removeprefix(name + "."): reader.fields[f].contents() for f in reader.fields if f.startswith(name + ".")}
    tensors = {
        t.name: torch.from_numpy(gguf.dequantize(t.data, t.tensor_type).astype(np.float32).reshape(
            [int(n) for n in t.shape[::-1]]))
        for t in reader.tensors
    }
    return key, tensors


def common(key, tensors):
    return dict(
        vocab_size=len(tensors["token_embd.weight"]), hidden_size=key["embedding_length"],
        num_hidden_layers=key["block_count"], num_attention_heads=key["attention.head_count"],
        num_key_value_heads=key["attention.head_count_kv"], head_dim=key["attention.key_length"],
        intermediate_size=key["feed_forward_length"], max_position_embeddings=key["context_length"],
        rms_norm_eps=key["attention.layer_norm_rms_epsilon"], num_experts_per_tok=key["expert_used_count"],
        rope_parameters={"rope_type": "default", "rope_theta": key["rope.freq_base"]}, bos_token_id=0, eos_token_id=0,
        tie_word_embeddings="output.weight" not in tensors)


def halves(rows, heads):
    """Rows whose rotated pairs lie side by side, as files of the architecture "llama" have them, with the pairs half a head apart."""
    return rows.reshape(heads, -1, 2, rows.shape[1]).swapaxes(1, 2).reshape(rows.shape)


def state(key, tensors, interleaved):
    result = {}
    for name, value in tensors.items():
        parts = name.split(".")
        if parts[0] != "blk":
            result[OUTSIDE[parts[0]] + ".weight"] = value
            continue
        layer = f"model.layers.{parts[1]}."
        if interleaved and parts[2] in ("attn_q", "attn_k"):
            value = halves(value, key["attention.head_count" + ("_kv" if parts[2] == "attn_k" else "")])
        if parts[2] == "ffn_gate_exps":
            both = torch.cat([value, tensors[name.replace("gate", "up")]], 1)
            result[layer + "mlp.experts.gate_up_proj"] = both
        elif parts[2] != "ffn_up_exps":
            suffix = "" if parts[2].endswith("exps") else ".weight"
            result[layer + LAYER[parts[2]] + suffix] = value
    if "output.weight" not in tensors:
        result["lm_head.weight"] = result["model.embed_tokens.weight"]
    return result


def load(path):
    key, tensors = read(path)
    mixtral = os.path.basename(path).startswith("mixtral")
    if mixtral:
        config = MixtralConfig(num_local_experts=key["expert_count"], **common(key, tensors))
    else:
        config = Qwen3MoeConfig(
            num_experts=key["expert_count"], moe_intermediate_size=key["expert_feed_forward_length"], norm_topk_prob=True,
            decoder_sparse_step=1, mlp_only_layers=[], **common(key, tensors))
    model = (MixtralForCausalLM if mixtral else Qwen3MoeForCausalLM)(config)
    model.load_state_dict(state(key, tensors, mixtral))
    return model.float().eval()


def routes(model, label, positions):
    """Collects what each router says during the next forward pass."""
    lines = []

    def hook(layer):
        def collect(module, inputs, outputs):
            logits, weights, chosen = outputs
            for position in positions:
                bits = " ".join(f"{b:08x}" for b in logits[position].numpy().view(np.uint32))
                order = torch.argsort(chosen[position])
                pairs = " ".join(f"{chosen[position][i]}:{weights[position][i]:.7f}" for i in order)
                lines.append(f"{label} {layer} {position} {bits} | {pairs}")
        return collect

    for i, layer in enumerate(model.model.layers):
        layer.mlp.gate.register_forward_hook(hook(i))
    return lines


def rows(label, number, prompt, logits):
    for position in (0, 6, 8, 15, 16, 31, 47):
        if position >= len(prompt) or (position == 0 and len(prompt) > 1):
            continue
        row = logits[position].double().numpy()
        top = np.argsort(-row, kind="stable")[:KEPT]
        total = row.max() + np.log(np.exp(row - row.max()).sum())
        yield f"{label} {number} {position} {total:.4f} 0 " + " ".join(f"{i}:{row[i]:.4f}" for i in top)


def prompts():
    with open(os.path.join(HERE, "tiny-models.txt")) as lines:
        return [[int(word) for word in line.split()[2:]] for line in lines if line.startswith("prompt ")]


def main(folder):
    judged = ["# MODEL PROMPT POSITION LOGSUMEXP 0 TOKEN:LOGIT..."]
    routed = ["# MODEL LAYER POSITION LOGIT... | EXPERT:WEIGHT..."]
    for architecture in ("mixtral", "qwen3moe"):
        for form in FORMATS:
            label = f"{architecture}-{form}"
            model = load(os.path.join(folder, label + ".gguf"))
            for number, prompt in enumerate(prompts()):
                lines = routes(model, label, range(0, len(prompt), 5)) if form == "f32" and number == 2 else []
                with torch.no_grad():
                    logits = model(torch.tensor([prompt])).logits[0]
                judged += rows(label, number, prompt, logits)
                routed += lines
            print(label)
    for name, lines in (("experts.txt", judged), ("routes.txt", routed)):
        with open(os.path.join(HERE, name), "w") as out:
            out.write("\n".join(lines) + "\n")


main(sys.argv[1])
