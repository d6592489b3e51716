"""Writes tiny_zero123/: a checkpoint of the Zero-1-to-3 kind in diffusers' layout with random weights and few channels,
and tiny_zero123_goldens.safetensors: inputs and outputs of every part, computed here.

A functional reference of its own: written from the published architecture with torch.nn.functional and numpy, nothing of
it taken from this repository's C++ code, which a test compares with it. Needs Python 3, numpy and PyTorch:

    apt-get install --no-install-recommends python3-torch
    /usr/bin/python3 make_tiny_zero123.py
"""

import json
import math
import os
import struct
import zlib

import numpy
import torch
import torch.nn.functional as F

torch.set_num_threads(1)

UNET = {
    "_class_name": "UNet2DConditionModel", "act_fn": "silu", "attention_head_dim": 2,
    "block_out_channels": [8, 12, 16, 16], "center_input_sample": False, "class_embed_type": None,
    "cross_attention_dim": 12,
    "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
    "downsample_padding": 1, "dual_cross_attention": False, "flip_sin_to_cos": True, "freq_shift": 0, "in_channels": 8,
    "layers_per_block": 2, "mid_block_scale_factor": 1, "mid_block_type": "UNetMidBlock2DCrossAttn", "norm_eps": 1e-05,
    "norm_num_groups": 4, "num_class_embeds": None, "only_cross_attention": False, "out_channels": 4,
    "sample_size": 32,
    "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
    "upcast_attention": False, "use_linear_projection": False}
VAE = {
    "_class_name": "AutoencoderKL", "act_fn": "silu", "block_out_channels": [4, 6, 8, 8],
    "down_block_types": ["DownEncoderBlock2D"] * 4, "in_channels": 3, "latent_channels": 4, "layers_per_block": 2,
    "norm_num_groups": 2, "out_channels": 3, "sample_size": 256, "scaling_factor": 0.18215,
    "up_block_types": ["UpDecoderBlock2D"] * 4}
CLIP = {
    "architectures": ["CLIPVisionModelWithProjection"], "attention_dropout": 0.0, "hidden_act": "quick_gelu",
    "hidden_size": 16, "image_size": 56, "intermediate_size": 32, "layer_norm_eps": 1e-05,
    "model_type": "clip_vision_model", "num_attention_heads": 2, "num_channels": 3, "num_hidden_layers": 2,
    "patch_size": 14, "projection_dim": 10}
SCHEDULER = {
    "_class_name": "DDIMScheduler", "beta_end": 0.012, "beta_schedule": "scaled_linear", "beta_start": 0.00085,
    "clip_sample": False, "num_train_timesteps": 1000, "prediction_type": "epsilon", "set_alpha_to_one": False,
    "steps_offset": 1, "trained_betas": None}


class Weights:
    """Random tensors, made when they are first asked for; rounded to what is stored."""

    def __init__(self):
        self.tensors = {}

    def __call__(self, name, *shape):
        if name not in self.tensors:
            generator = numpy.random.RandomState(zlib.crc32(name.encode()) % 2**32)
            values = generator.standard_normal(shape)
            if len(shape) > 1:
                values *= 1.2 / math.sqrt(numpy.prod(shape[1:]))
            elif name.endswith("weight"):
                values = 1 + 0.2 * values
            else:
                values *= 0.2
            self.tensors[name] = torch.from_numpy(values.astype(numpy.float16))
        assert tuple(self.tensors[name].shape) == shape, name
        return self.tensors[name].to(torch.float64)


def dense(w, name, x, out, bias=True):
    return F.linear(x, w(name + ".weight", out, x.shape[-1]), w(name + ".bias", out) if bias else None)


def convolve(w, name, x, out, side=3, stride=1, padding=None):
    kernel = w(name + ".weight", out, x.shape[1], side, side)
    return F.conv2d(x, kernel, w(name + ".bias", out), stride, side // 2 if padding is None else padding)


def grouped(w, name, x, groups, epsilon):
    n, c, height, width = x.shape
    cells = x.reshape(n, groups, -1)
    centred = cells - cells.mean(2, keepdim=True)
    normal = centred / torch.sqrt((centred**2).mean(2, keepdim=True) + epsilon)
    scale, shift = w(name + ".weight", c), w(name + ".bias", c)
    return normal.reshape(n, c, height, width) * scale[None, :, None, None] + shift[None, :, None, None]


def layered(w, name, x, epsilon=1e-5):
    centred = x - x.mean(-1, keepdim=True)
    normal = centred / torch.sqrt((centred**2).mean(-1, keepdim=True) + epsilon)
    return normal * w(name + ".weight", x.shape[-1]) + w(name + ".bias", x.shape[-1])


def swish(x):
    return x / (1 + torch.exp(-x))


def heads_attend(q, k, v, heads):
    """Head by head, so that no reshaping can go wrong the same way twice."""
    width = q.shape[-1] // heads
    parts = []
    for h in range(heads):
        span = slice(h * width, (h + 1) * width)
        scores = torch.einsum("ntc,nsc->nts", q[..., span], k[..., span]) / math.sqrt(width)
        parts.append(torch.einsum("nts,nsc->ntc", torch.softmax(scores, -1), v[..., span]))
    return torch.cat(parts, -1)


def residual(w, name, x, out, groups, epsilon, time=None):
    h = convolve(w, name + ".conv1", swish(grouped(w, name + ".norm1", x, groups, epsilon)), out)
    if time is not None:
        h = h + dense(w, name + ".time_emb_proj", swish(time), out)[:, :, None, None]
    h = convolve(w, name + ".conv2", swish(grouped(w, name + ".norm2", h, groups, epsilon)), out)
    return h + (x if x.shape[1] == out else convolve(w, name + ".conv_shortcut", x, out, 1))


def spatial_transformer(w, name, x, context, heads, groups):
    n, c, height, width = x.shape
    h = convolve(w, name + ".proj_in", grouped(w, name + ".norm", x, groups, 1e-6), c, 1)
    h = torch.einsum("nchw->nhwc", h).reshape(n, height * width, c)
    block = name + ".transformer_blocks.0"
    for attention, norm in (("attn1", "norm1"), ("attn2", "norm2")):
        seen = layered(w, f"{block}.{norm}", h)
        other = seen if attention == "attn1" else context
        q, k, v = (dense(w, f"{block}.{attention}.{layer}", source, c, False)
                   for layer, source in (("to_q", seen), ("to_k", other), ("to_v", other)))
        h = h + dense(w, f"{block}.{attention}.to_out.0", heads_attend(q, k, v, heads), c)
    both = dense(w, block + ".ff.net.0.proj", layered(w, block + ".norm3", h), 8 * c)
    value, gate = both[..., :4 * c], both[..., 4 * c:]
    gated = value * gate * 0.5 * (1 + torch.erf(gate / math.sqrt(2)))
    h = h + dense(w, block + ".ff.net.2", gated, c)
    h = torch.einsum("nhwc->nchw", h.reshape(n, height, width, c))
    return x + convolve(w, name + ".proj_out", h, c, 1)


def doubled(x):
    return x.repeat_interleave(2, 2).repeat_interleave(2, 3)


def unet(w, sample, timesteps, context):
    config = UNET
    widths, layers = config["block_out_channels"], config["layers_per_block"]
    groups, epsilon, heads = config["norm_num_groups"], config["norm_eps"], config["attention_head_dim"]
    half = widths[0] // 2
    frequencies = torch.tensor([10000 ** (-i / half) for i in range(half)], dtype=torch.float64)
    angles = timesteps[:, None] * frequencies[None]
    time = torch.cat([torch.cos(angles), torch.sin(angles)], 1)
    time = dense(w, "time_embedding.linear_1", time, 4 * widths[0])
    time = dense(w, "time_embedding.linear_2", swish(time), 4 * widths[0])

    h = convolve(w, "conv_in", sample, widths[0])
    kept = [h]
    for i, width in enumerate(widths):
        for j in range(layers):
            h = residual(w, f"down_blocks.{i}.resnets.{j}", h, width, groups, epsilon, time)
            if config["down_block_types"][i].startswith("Cross"):
                h = spatial_transformer(w, f"down_blocks.{i}.attentions.{j}", h, context, heads, groups)
            kept.append(h)
        if i < len(widths) - 1:
            h = convolve(w, f"down_blocks.{i}.downsamplers.0.conv", h, width, 3, 2)
            kept.append(h)
    h = residual(w, "mid_block.resnets.0", h, widths[-1], groups, epsilon, time)
    h = spatial_transformer(w, "mid_block.attentions.0", h, context, heads, groups)
    h = residual(w, "mid_block.resnets.1", h, widths[-1], groups, epsilon, time)
    for i, width in enumerate(reversed(widths)):
        for j in range(layers + 1):
            h = residual(w, f"up_blocks.{i}.resnets.{j}", torch.cat([h, kept.pop()], 1), width, groups, epsilon, time)
            if config["up_block_types"][i].startswith("Cross"):
                h = spatial_transformer(w, f"up_blocks.{i}.attentions.{j}", h, context, heads, groups)
        if i < len(widths) - 1:
            h = convolve(w, f"up_blocks.{i}.upsamplers.0.conv", doubled(h), width)
    assert not kept
    return convolve(w, "conv_out", swish(grouped(w, "conv_norm_out", h, groups, epsilon)), config["out_channels"])


def vae_middle(w, side, h):
    width, groups = h.shape[1], VAE["norm_num_groups"]
    h = residual(w, side + ".mid_block.resnets.0", h, width, groups, 1e-6)
    name = side + ".mid_block.attentions.0"
    n, c, height, columns = h.shape
    seen = torch.einsum("nchw->nhwc", grouped(w, name + ".group_norm", h, groups, 1e-6)).reshape(n, -1, c)
    q, k, v = (dense(w, f"{name}.{layer}", seen, c) for layer in ("to_q", "to_k", "to_v"))
    mixed = dense(w, name + ".to_out.0", heads_attend(q, k, v, 1), c)
    h = h + torch.einsum("nhwc->nchw", mixed.reshape(n, height, columns, c))
    return residual(w, side + ".mid_block.resnets.1", h, width, groups, 1e-6)


def vae_encode(w, pictures):
    widths, groups = VAE["block_out_channels"], VAE["norm_num_groups"]
    h = convolve(w, "encoder.conv_in", pictures, widths[0])
    for i, width in enumerate(widths):
        for j in range(VAE["layers_per_block"]):
            h = residual(w, f"encoder.down_blocks.{i}.resnets.{j}", h, width, groups, 1e-6)
        if i < len(widths) - 1:
            n, c, height, columns = h.shape
            padded = torch.zeros(n, c, height + 1, columns + 1, dtype=h.dtype)
            padded[:, :, :height, :columns] = h
            h = convolve(w, f"encoder.down_blocks.{i}.downsamplers.0.conv", padded, width, 3, 2, 0)
    h = vae_middle(w, "encoder", h)
    h = convolve(w, "encoder.conv_out", swish(grouped(w, "encoder.conv_norm_out", h, groups, 1e-6)), 8)
    return convolve(w, "quant_conv", h, 8, 1)[:, :4]


def vae_decode(w, latents):
    widths, groups = VAE["block_out_channels"][::-1], VAE["norm_num_groups"]
    h = convolve(w, "decoder.conv_in", convolve(w, "post_quant_conv", latents, 4, 1), widths[0])
    h = vae_middle(w, "decoder", h)
    for i, width in enumerate(widths):
        for j in range(VAE["layers_per_block"] + 1):
            h = residual(w, f"decoder.up_blocks.{i}.resnets.{j}", h, width, groups, 1e-6)
        if i < len(widths) - 1:
            h = convolve(w, f"decoder.up_blocks.{i}.upsamplers.0.conv", doubled(h), width)
    return convolve(w, "decoder.conv_out", swish(grouped(w, "decoder.conv_norm_out", h, groups, 1e-6)), 3)


def bicubic_matrix(size_in, size_out, a=-0.75):
    """Keys' cubic convolution (1981) between the centres of the corners."""
    matrix = numpy.zeros((size_out, size_in))
    for i in range(size_out):
        place = i * (size_in - 1) / (size_out - 1)
        first = math.floor(place)
        for tap in range(first - 1, first + 3):
            d = abs(place - tap)
            if d <= 1:
                weight = (a + 2) * d**3 - (a + 3) * d**2 + 1
            elif d < 2:
                weight = a * (d**3 - 5 * d**2 + 8 * d - 4)
            else:
                weight = 0
            matrix[i, min(max(tap, 0), size_in - 1)] += weight
    return torch.from_numpy(matrix)


def clip_pixels(pictures):
    size = CLIP["image_size"]
    rows, columns = bicubic_matrix(pictures.shape[2], size), bicubic_matrix(pictures.shape[3], size)
    resized = torch.einsum("yh,nchw,xw->ncyx", rows, pictures, columns)
    mean = torch.tensor([0.48145466, 0.4578275, 0.40821073], dtype=torch.float64)[None, :, None, None]
    deviation = torch.tensor([0.26862954, 0.26130258, 0.27577711], dtype=torch.float64)[None, :, None, None]
    return (resized / 2 + 0.5 - mean) / deviation


def clip_embed(w, pixels):
    width, patch, heads = CLIP["hidden_size"], CLIP["patch_size"], CLIP["num_attention_heads"]
    side = CLIP["image_size"] // patch
    kernel = w("vision_model.embeddings.patch_embedding.weight", width, 3, patch, patch).reshape(width, -1)
    tokens = [w("vision_model.embeddings.class_embedding", width)[None].expand(pixels.shape[0], -1)]
    for row in range(side):
        for column in range(side):
            cut = pixels[:, :, row * patch:(row + 1) * patch, column * patch:(column + 1) * patch]
            tokens.append(cut.reshape(pixels.shape[0], -1) @ kernel.T)
    h = torch.stack(tokens, 1) + w("vision_model.embeddings.position_embedding.weight", side * side + 1, width)[None]
    h = layered(w, "vision_model.pre_layrnorm", h)
    for i in range(CLIP["num_hidden_layers"]):
        layer = f"vision_model.encoder.layers.{i}"
        seen = layered(w, layer + ".layer_norm1", h)
        q, k, v = (dense(w, f"{layer}.self_attn.{name}", seen, width) for name in ("q_proj", "k_proj", "v_proj"))
        h = h + dense(w, layer + ".self_attn.out_proj", heads_attend(q, k, v, heads), width)
        inner = dense(w, layer + ".mlp.fc1", layered(w, layer + ".layer_norm2", h), CLIP["intermediate_size"])
        h = h + dense(w, layer + ".mlp.fc2", inner / (1 + torch.exp(-1.702 * inner)), width)
    seen = layered(w, "vision_model.post_layernorm", h[:, 0])
    return dense(w, "visual_projection", seen, CLIP["projection_dim"], False)


def pose_tokens(w, embedding, azimuth, elevation):
    """The polar angle is measured from the upward axis: it falls where the elevation rises."""
    pose = torch.tensor([[math.radians(90 - elevation) - math.radians(90), math.sin(math.radians(azimuth)),
                          math.cos(math.radians(azimuth)), 0.0]], dtype=torch.float64)
    return dense(w, "projection", torch.cat([embedding, pose], 1), UNET["cross_attention_dim"])[:, None]


def write_safetensors(path, tensors):
    header, blocks, offset = {}, [], 0
    for name in sorted(tensors):
        array = tensors[name].numpy()
        block = array.tobytes()
        header[name] = {"dtype": {"float16": "F16", "float32": "F32"}[array.dtype.name], "shape": list(array.shape),
                        "data_offsets": [offset, offset + len(block)]}
        blocks.append(block)
        offset += len(block)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blocks))


def write_part(name, config, file, weights=None):
    os.makedirs(os.path.dirname(f"tiny_zero123/{name}/{file}"), exist_ok=True)
    config_file = "config.json" if weights else file
    with open(f"tiny_zero123/{name}/{config_file}", "w", encoding="utf-8") as stream:
        json.dump(config, stream, indent=2)
        stream.write("\n")
    if weights:
        write_safetensors(f"tiny_zero123/{name}/{file}", weights.tensors)


def random(seed, *shape):
    values = numpy.random.RandomState(seed).standard_normal(shape).astype(numpy.float32)
    return torch.from_numpy(values)


unet_weights, vae_weights, clip_weights, projection_weights = Weights(), Weights(), Weights(), Weights()
goldens = {
    "unet.sample": random(1, 2, 8, 8, 16), "unet.timesteps": torch.tensor([3.0, 700.0]),
    "unet.context": random(2, 2, 3, 12), "vae.pictures": random(3, 1, 3, 16, 24).clamp(-1, 1),
    "vae.latents": random(4, 1, 4, 4, 2), "clip.pictures": random(5, 1, 3, 40, 24).clamp(-1, 1),
    "guided.photo": random(6, 1, 3, 64, 64).clamp(-1, 1), "guided.x": random(7, 1, 4, 8, 8)}
inputs = {name: tensor.to(torch.float64) for name, tensor in goldens.items()}
outputs = {
    "unet.output": unet(unet_weights, inputs["unet.sample"], inputs["unet.timesteps"], inputs["unet.context"]),
    "vae.mean": vae_encode(vae_weights, inputs["vae.pictures"]),
    "vae.decoded": vae_decode(vae_weights, inputs["vae.latents"]),
    "clip.pixels": clip_pixels(inputs["clip.pictures"])}
outputs["clip.embedding"] = clip_embed(clip_weights, outputs["clip.pixels"])

# One evaluation as a sampler asks for it: azimuth 40, elevation 25 degrees, step 499, guidance 3.
photo = inputs["guided.photo"]
tokens = pose_tokens(projection_weights, clip_embed(clip_weights, clip_pixels(photo)), 40, 25)
latent = vae_encode(vae_weights, photo)
step = torch.tensor([499.0], dtype=torch.float64)
told = unet(unet_weights, torch.cat([inputs["guided.x"], latent], 1), step, tokens)
untold = unet(unet_weights, torch.cat([inputs["guided.x"], 0 * latent], 1), step, 0 * tokens)
outputs["guided.tokens"], outputs["guided.latent"], outputs["guided.output"] = tokens, latent, told + 2 * (told - untold)

betas = numpy.linspace(math.sqrt(0.00085), math.sqrt(0.012), 1000) ** 2
outputs["schedule.alphas_cumprod"] = torch.from_numpy(numpy.cumprod(1 - betas))

goldens.update({name: tensor.to(torch.float32).contiguous() for name, tensor in outputs.items()})
write_part("unet", UNET, "diffusion_pytorch_model.safetensors", unet_weights)
write_part("vae", VAE, "diffusion_pytorch_model.safetensors", vae_weights)
write_part("image_encoder", CLIP, "model.safetensors", clip_weights)
write_part("cc_projection", {"_class_name": "CCProjection", "in_channel": 14, "out_channel": 12},
           "diffusion_pytorch_model.safetensors", projection_weights)
write_part("scheduler", SCHEDULER, "scheduler_config.json")
write_safetensors("tiny_zero123_goldens.safetensors", goldens)
for name, tensor in outputs.items():
    print(f"{name}: {list(tensor.shape)}, mean {tensor.mean():.3f}, deviation {tensor.std():.3f}")
print(len(unet_weights.tensors), len(vae_weights.tensors), len(clip_weights.tensors))
