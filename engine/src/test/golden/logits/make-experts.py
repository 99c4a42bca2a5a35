"""Makes experts.txt and routes.txt: what Hugging Face's transformers computes for the files with experts of testkit's TinyModelFiles.

    ./mvnw -q -pl testkit compile
    java -cp testkit/target/classes tramontane.testkit.TinyModelFiles DIR
    pip install transformers==5.24.0 torch==2.9.1 gguf==0.19.0 numpy==2.4.6
    python3 engine/src/test/golden/logits/make-experts.py DIR

It is a second judge beside the llama.cpp of make.py, in fp32 on the weights dequantised from the very files.

    experts.txt  lines of the form of tiny-models.txt, with llama.cpp's distance left at 0
    routes.txt   MODEL LAYER POSITION LOGIT... | EXPERT:WEIGHT... | BIAS...: the logits of a router and its biases, if it has any, as the
                 bits of fp32, and what it chose
"""

import os
import sys

import gguf
import numpy as np
import torch
from transformers import (DeepseekV3Config, DeepseekV3ForCausalLM, Mistral4Config, Mistral4ForCausalLM, MixtralConfig,
                          MixtralForCausalLM, Qwen3MoeConfig, Qwen3MoeForCausalLM)

HERE = os.path.dirname(os.path.abspath(__file__))
FORMATS = ["f32", "f16", "bf16", "q8_0", "q4_k"]
KEPT = 10
LAYER = {"attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
             "attn_output": "self_attn.o_proj", "attn_q_norm": "self_attn.q_norm", "attn_k_norm": "self_attn.k_norm",
             "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm", "ffn_gate_inp": "mlp.gate",
             "ffn_down_exps": "mlp.experts.down_proj", "attn_q_a": "self_attn.q_a_proj", "attn_q_a_norm": "self_attn.q_a_layernorm",
             "attn_q_b": "self_attn.q_b_proj", "attn_kv_a_mqa": "self_attn.kv_a_proj_with_mqa",
             "attn_kv_a_norm": "self_attn.kv_a_layernorm", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
             "ffn_down": "mlp.down_proj", "ffn_gate_shexp": "mlp.shared_experts.gate_proj",
             "ffn_up_shexp": "mlp.shared_experts.up_proj", "ffn_down_shexp": "mlp.shared_experts.down_proj"}
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
        num_key_value_heads=key["attention.head_count_kv"],
        intermediate_size=key["feed_forward_length"], max_position_embeddings=key["context_length"],
        rms_norm_eps=key["attention.layer_norm_rms_epsilon"], num_experts_per_tok=key["expert_used_count"],
        bos_token_id=0, eos_token_id=0,
        tie_word_embeddings="output.weight" not in tensors)


def plain(key):
    return dict(head_dim=key["attention.key_length"],
                rope_parameters={"rope_type": "default", "rope_theta": key["rope.freq_base"]})


def latent(key):
    """Multi-head latent attention and experts as DeepSeek-V3 has them, with YaRN."""
    rotated, multiplier = key["rope.dimension_count"], 10 * key["rope.scaling.yarn_log_multiplier"]
    rope = {"rope_type": "yarn", "rope_theta": key["rope.freq_base"], "factor": key["rope.scaling.factor"],
            "original_max_position_embeddings": key["rope.scaling.original_context_length"], "mscale": 1.0,
            "mscale_all_dim": multiplier, "beta_fast": key["rope.scaling.yarn_beta_fast"],
            "beta_slow": key["rope.scaling.yarn_beta_slow"]}
    if "attention.temperature_scale" in key:
        rope["llama_4_scaling_beta"] = key["attention.temperature_scale"]
    return dict(
        q_lora_rank=key["attention.q_lora_rank"], kv_lora_rank=key["attention.kv_lora_rank"], qk_rope_head_dim=rotated,
        qk_nope_head_dim=key["attention.key_length_mla"] - rotated, v_head_dim=key["attention.value_length_mla"],
        rope_parameters=rope, moe_intermediate_size=key["expert_feed_forward_length"],
        first_k_dense_replace=key["leading_dense_block_count"], n_shared_experts=key["expert_shared_count"],
        n_group=key.get("expert_group_count", 1), topk_group=key.get("expert_group_used_count", 1),
        norm_topk_prob=key["expert_weights_norm"], routed_scaling_factor=key.get("expert_weights_scale", 1.0))


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
        if parts[2] == "attn_k_b":
            both = torch.cat([value.swapaxes(1, 2), tensors[name.replace("k_b", "v_b")]], 1)
            result[layer + "self_attn.kv_b_proj.weight"] = both.reshape(-1, both.shape[2])
        elif parts[2] == "exp_probs_b":
            result[layer + "mlp.gate.e_score_correction_bias"] = value.reshape(-1)
        elif parts[2] == "ffn_gate_exps":
            both = torch.cat([value, tensors[name.replace("gate", "up")]], 1)
            result[layer + "mlp.experts.gate_up_proj"] = both
        elif parts[2] not in ("ffn_up_exps", "attn_v_b"):
            suffix = "" if parts[2].endswith("exps") else ".weight"
            result[layer + LAYER[parts[2]] + suffix] = value
    if "output.weight" not in tensors:
        result["lm_head.weight"] = result["model.embed_tokens.weight"]
    return result


def load(path):
    key, tensors = read(path)
    family = os.path.basename(path).split("-")[0]
    same = common(key, tensors)
    if family == "mixtral":
        model = MixtralForCausalLM(MixtralConfig(num_local_experts=key["expert_count"], **plain(key), **same))
    elif family == "qwen3moe":
        model = Qwen3MoeForCausalLM(Qwen3MoeConfig(
            num_experts=key["expert_count"], moe_intermediate_size=key["expert_feed_forward_length"], norm_topk_prob=True,
            decoder_sparse_step=1, mlp_only_layers=[], **plain(key), **same))
    else:
        same["num_key_value_heads"] = same["num_attention_heads"]
        kinds = {"deepseek2": (DeepseekV3Config, DeepseekV3ForCausalLM), "mistral4": (Mistral4Config, Mistral4ForCausalLM)}
        config, model = kinds[family]
        model = model(config(n_routed_experts=key["expert_count"], **latent(key), **same))
    model.load_state_dict(state(key, tensors, family == "mixtral"))
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
                bias = getattr(module, "e_score_correction_bias", None)
                biases = "" if bias is None else " | " + " ".join(f"{b:08x}" for b in bias.numpy().view(np.uint32))
                lines.append(f"{label} {layer} {position} {bits} | {pairs}{biases}")
        return collect

    for i, layer in enumerate(model.model.layers):
        if hasattr(layer.mlp, "gate"):
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
    routed = ["# MODEL LAYER POSITION LOGIT... | EXPERT:WEIGHT... | BIAS..."]
    for architecture in ("deepseek2", "mistral4", "mixtral", "qwen3moe"):
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
