"""Writes zero123_manifest.txt: name and shape of every tensor of a full-size Zero-1-to-3 checkpoint in diffusers' layout.

Written down from the published architecture (Stable Diffusion 1.x UNet with 8 input channels, its autoencoder, CLIP
ViT-L/14's image encoder, the pose projection), not from this repository's code, which a test compares with it:

    python3 make_manifest.py > zero123_manifest.txt
"""

tensors = []


def add(part, name, *shape):
    tensors.append((part, name, shape))


def weight_and_bias(part, name, out, *rest):
    add(part, name + ".weight", out, *rest)
    add(part, name + ".bias", out)


def residual_block(part, name, inputs, outputs, time=None):
    weight_and_bias(part, name + ".norm1", inputs)
    weight_and_bias(part, name + ".conv1", outputs, inputs, 3, 3)
    if time:
        weight_and_bias(part, name + ".time_emb_proj", outputs, time)
    weight_and_bias(part, name + ".norm2", outputs)
    weight_and_bias(part, name + ".conv2", outputs, outputs, 3, 3)
    if inputs != outputs:
        weight_and_bias(part, name + ".conv_shortcut", outputs, inputs, 1, 1)


def spatial_transformer(name, width, context=768):
    weight_and_bias("unet", name + ".norm", width)
    weight_and_bias("unet", name + ".proj_in", width, width, 1, 1)
    block = name + ".transformer_blocks.0"
    for attention, keys in (("attn1", width), ("attn2", context)):
        add("unet", f"{block}.{attention}.to_q.weight", width, width)
        add("unet", f"{block}.{attention}.to_k.weight", width, keys)
        add("unet", f"{block}.{attention}.to_v.weight", width, keys)
        weight_and_bias("unet", f"{block}.{attention}.to_out.0", width, width)
    weight_and_bias("unet", block + ".ff.net.0.proj", 8 * width, width)
    weight_and_bias("unet", block + ".ff.net.2", width, 4 * width)
    for norm in ("norm1", "norm2", "norm3"):
        weight_and_bias("unet", f"{block}.{norm}", width)
    weight_and_bias("unet", name + ".proj_out", width, width, 1, 1)


def unet():
    weight_and_bias("unet", "conv_in", 320, 8, 3, 3)
    weight_and_bias("unet", "time_embedding.linear_1", 1280, 320)
    weight_and_bias("unet", "time_embedding.linear_2", 1280, 1280)
    # Written out one by one, as in the published table of layers.
    for level, (first, width) in enumerate(((320, 320), (320, 640), (640, 1280), (1280, 1280))):
        for j, inputs in enumerate((first, width)):
            residual_block("unet", f"down_blocks.{level}.resnets.{j}", inputs, width, 1280)
            if level < 3:
                spatial_transformer(f"down_blocks.{level}.attentions.{j}", width)
        if level < 3:
            weight_and_bias("unet", f"down_blocks.{level}.downsamplers.0.conv", width, width, 3, 3)
    residual_block("unet", "mid_block.resnets.0", 1280, 1280, 1280)
    spatial_transformer("mid_block.attentions.0", 1280)
    residual_block("unet", "mid_block.resnets.1", 1280, 1280, 1280)
    ups = (
        (1280, (2560, 2560, 2560)),
        (1280, (2560, 2560, 1920)),
        (640, (1920, 1280, 960)),
        (320, (960, 640, 640)),
    )
    for level, (width, inputs) in enumerate(ups):
        for j in range(3):
            residual_block("unet", f"up_blocks.{level}.resnets.{j}", inputs[j], width, 1280)
            if level > 0:
                spatial_transformer(f"up_blocks.{level}.attentions.{j}", width)
        if level < 3:
            weight_and_bias("unet", f"up_blocks.{level}.upsamplers.0.conv", width, width, 3, 3)
    weight_and_bias("unet", "conv_norm_out", 320)
    weight_and_bias("unet", "conv_out", 4, 320, 3, 3)


def autoencoder_middle(side):
    residual_block("vae", f"{side}.mid_block.resnets.0", 512, 512)
    weight_and_bias("vae", f"{side}.mid_block.attentions.0.group_norm", 512)
    for layer in ("to_q", "to_k", "to_v", "to_out.0"):
        weight_and_bias("vae", f"{side}.mid_block.attentions.0.{layer}", 512, 512)
    residual_block("vae", f"{side}.mid_block.resnets.1", 512, 512)


def autoencoder():
    weight_and_bias("vae", "encoder.conv_in", 128, 3, 3, 3)
    for level, (first, width) in enumerate(((128, 128), (128, 256), (256, 512), (512, 512))):
        residual_block("vae", f"encoder.down_blocks.{level}.resnets.0", first, width)
        residual_block("vae", f"encoder.down_blocks.{level}.resnets.1", width, width)
        if level < 3:
            weight_and_bias("vae", f"encoder.down_blocks.{level}.downsamplers.0.conv", width, width, 3, 3)
    autoencoder_middle("encoder")
    weight_and_bias("vae", "encoder.conv_norm_out", 512)
    weight_and_bias("vae", "encoder.conv_out", 8, 512, 3, 3)
    weight_and_bias("vae", "quant_conv", 8, 8, 1, 1)
    weight_and_bias("vae", "post_quant_conv", 4, 4, 1, 1)
    weight_and_bias("vae", "decoder.conv_in", 512, 4, 3, 3)
    autoencoder_middle("decoder")
    for level, (first, width) in enumerate(((512, 512), (512, 512), (512, 256), (256, 128))):
        for j, inputs in enumerate((first, width, width)):
            residual_block("vae", f"decoder.up_blocks.{level}.resnets.{j}", inputs, width)
        if level < 3:
            weight_and_bias("vae", f"decoder.up_blocks.{level}.upsamplers.0.conv", width, width, 3, 3)
    weight_and_bias("vae", "decoder.conv_norm_out", 128)
    weight_and_bias("vae", "decoder.conv_out", 3, 128, 3, 3)


def image_encoder():
    part = "image_encoder"
    add(part, "vision_model.embeddings.class_embedding", 1024)
    add(part, "vision_model.embeddings.patch_embedding.weight", 1024, 3, 14, 14)
    add(part, "vision_model.embeddings.position_embedding.weight", 257, 1024)
    weight_and_bias(part, "vision_model.pre_layrnorm", 1024)
    for i in range(24):
        layer = f"vision_model.encoder.layers.{i}"
        for projection in ("k_proj", "v_proj", "q_proj", "out_proj"):
            weight_and_bias(part, f"{layer}.self_attn.{projection}", 1024, 1024)
        weight_and_bias(part, layer + ".layer_norm1", 1024)
        weight_and_bias(part, layer + ".mlp.fc1", 4096, 1024)
        weight_and_bias(part, layer + ".mlp.fc2", 1024, 4096)
        weight_and_bias(part, layer + ".layer_norm2", 1024)
    weight_and_bias(part, "vision_model.post_layernorm", 1024)
    add(part, "visual_projection.weight", 768, 1024)


unet()
autoencoder()
image_encoder()
weight_and_bias("cc_projection", "projection", 768, 772)
for part, name, shape in tensors:
    print(part, name, *shape)
