"""The networks of the bundled model as ONNX: the door to onnx."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.export import Dim

from sdinterp.attention import Text, WeightedAttention, heads
from sdinterp.defaults import POSTCARDS
from sdinterp.diffusion import DiffusionModel
from sdinterp.extras import needs_extras
from sdinterp.files import write_whole
from sdinterp.models import fingerprint, load_model
from sdinterp.perception import net_version, stacked
from sdinterp.postcards.image_encoder import load_image_encoder
from sdinterp.shortcuts import Denoiser

with needs_extras():
    import onnx
    from onnx import numpy_helper

NETWORKS = ("text", "reader", "denoiser", "decoder", "eye")
"""The text encoder; what the denoiser's layers make of a text, once for all steps; the denoiser, which takes that and the rows'
log-weights, and says where it reads; the decoder; the net `postcards`."""

_SMALL = 64
"""Weights of fewer numbers stay in float32: a cast would cost more than it saves."""


class _Text(nn.Module):
    def __init__(self, text_model: Any) -> None:
        super().__init__()
        self.model = text_model

    def forward(self, ids: Int[Tensor, "b 77"]) -> Float[Tensor, "b 77 d"]:
        return self.model(input_ids=ids).last_hidden_state


class _Reader(nn.Module):
    """The keys and values of a text in all layers that read it."""

    def __init__(self, layers: Sequence[Any]) -> None:
        super().__init__()
        self.made = nn.ModuleList(linear for layer in layers for linear in (layer.to_k, layer.to_v))

    def forward(self, rows: Float[Tensor, "b 77 d"]) -> Float[Tensor, "b m 77 c"]:
        return torch.stack([linear(rows) for linear in self.made], 1)


class _Read(WeightedAttention):
    """Attention of one layer to a text that `_Reader` has read."""

    def __init__(self, layer: int) -> None:
        self._layer = layer

    def read(self, attn: Any, rows: Float[Tensor, "b m 77 c"]) -> tuple[Float[Tensor, "b h 77 c"], Float[Tensor, "b h 77 c"]]:
        return heads(attn, rows[:, 2 * self._layer]), heads(attn, rows[:, 2 * self._layer + 1])


class _Denoiser(nn.Module):
    """Reads each of b latents with k texts; what comes before the text it does once a latent."""

    def __init__(self, unet: Any, layers: Sequence[Any]) -> None:
        super().__init__()
        self.unet, self.denoise = unet, Denoiser(unet)
        for k, layer in enumerate(layers):
            layer.set_processor(_Read(k))

    def forward(self, latents: Tensor, time: Tensor, texts: Tensor, log_weights: Tensor) -> Float[Tensor, "k*b c h w"]:
        return self.denoise(latents, time, Text(texts.flatten(0, 1), log_weights.flatten(0, 1)))


class _Decoder(nn.Module):
    def __init__(self, vae: Any) -> None:
        super().__init__()
        self.vae = vae

    def forward(self, latents: Float[Tensor, "b c h w"]) -> Float[Tensor, "b 3 h w"]:
        return self.vae.decode(latents / self.vae.config.scaling_factor).sample.clamp(-1, 1)


class _Doubled(nn.Module):
    """A convolution of what was enlarged to twice its side, each number four times, as one transposed convolution of the small.

    Neighbours that are one number meet the kernel's weights as their sum: less than half the products, and the same numbers.
    """

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.conv = conv

    def forward(self, x: Float[Tensor, "b c h w"], output_size: None = None) -> Float[Tensor, "b d 2*h 2*w"]:
        kernel = self.conv.weight.flip(2, 3).transpose(0, 1)
        wide = torch.stack([F.pad(kernel, (i, 1 - i, j, 1 - j)) for i in (0, 1) for j in (0, 1)]).sum(0)
        return F.conv_transpose2d(x, wide, self.conv.bias, stride=2, padding=1)


def _doubling(blocks: Iterable[Any]) -> None:
    """Let blocks that enlarge do so by `_Doubled`."""
    for block in blocks:
        if block.upsamplers:
            block.upsamplers[0] = _Doubled(block.upsamplers[0].conv)


class _Eye(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = load_image_encoder()

    def forward(self, pictures: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b f"]:
        return stacked([(layer, 1.0) for layer in self.encoder.features(pictures)])


def exported(cache: Path) -> dict[str, Path]:
    """The ONNX files of `NETWORKS`, made where the cache has none of these weights.

    Args:
        cache: a folder, in which those of each model have one of their own.
    """
    made_of = fingerprint(POSTCARDS), net_version("postcards"), torch.__version__, Path(__file__).read_text("utf-8")
    folder = cache / hashlib.sha256(repr(made_of).encode()).hexdigest()[:16]
    files = {name: folder / f"{name}.onnx" for name in NETWORKS}
    if not all(file.is_file() for file in files.values()):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the exporter's own making
            networks = _networks()
        for name, network in networks.items():
            write_whole(files[name], network.SerializeToString())
    return files


@torch.no_grad()
def _networks() -> dict[str, onnx.ModelProto]:
    model = load_model("postcards")
    assert isinstance(model, DiffusionModel)
    unet = model.unet.to(memory_format=torch.contiguous_format)
    _doubling([*unet.up_blocks, *model.vae.decoder.up_blocks])
    layers = [part.attn2 for part in unet.modules() if hasattr(part, "attn2")]
    reader, denoiser = _Reader(layers), _Denoiser(unet, layers)
    ids = torch.zeros(2, model.text.length, dtype=torch.int64)
    latents, rows = torch.zeros(3, *model.latent_shape), torch.zeros(3, model.text.length, unet.config.cross_attention_dim)
    texts, logs = reader(rows), torch.zeros(rows.shape[:2])
    asked = latents, torch.tensor([501.0]), torch.stack([texts] * 2), torch.stack([logs] * 2)
    batch, pairs = {0: Dim("batch", max=1024)}, {0: Dim("texts", max=1024), 1: Dim("batch", max=1024)}
    made = {
        "text": _export(_Text(model.text.text_model), (ids,), (batch,), ["ids"], "rows"),
        "reader": _export(reader, (rows,), (batch,), ["rows"], "texts"),
        "denoiser": _export(denoiser, asked, (batch, {}, pairs, pairs), ["latents", "time", "texts", "log_weights"], "guess"),
        "decoder": _export(_Decoder(model.vae), (latents,), (batch,), ["latents"], "pictures"),
        "eye": _export(_Eye(), (torch.zeros(2, 3, 64, 64),), (batch,), ["pictures"], "features"),
    }  # fmt: skip
    return made | {"denoiser": _attending(made["denoiser"], rows.shape[1])}


def _export(
    network: nn.Module, example: tuple[Tensor, ...], shapes: Sequence[dict[int, Any]], inputs: list[str], output: str
) -> onnx.ModelProto:
    program = torch.onnx.export(
        network.eval(), example, dynamo=True, dynamic_shapes=tuple(shapes), input_names=inputs, output_names=[output],
        opset_version=20, verbose=False,
    )  # fmt: skip
    assert program is not None
    return _halved(_bare(program.model_proto))


def _attending(model: onnx.ModelProto, rows: int) -> onnx.ModelProto:
    """With a second output: the attention of each place to each row, mean over heads and over the layers with the most places."""
    graph, inferred = model.graph, onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    shapes = {value.name: value.type.tensor_type.shape.dim for value in inferred.value_info}
    read = {node.output[0]: shapes[node.output[0]] for node in graph.node if node.op_type == "Softmax"}
    read = {name: shape[-2].dim_value for name, shape in read.items() if shape[-1].dim_value == rows}  # and not of places
    most = max(read.values())
    layers = [name for name, places in read.items() if places == most]
    graph.initializer.append(numpy_helper.from_array(np.array([1]), "heads"))
    node = onnx.helper.make_node
    graph.node.extend(node("ReduceMean", [name, "heads"], [f"{name}_mean"], keepdims=0) for name in layers)
    graph.node.append(node("Mean", [f"{name}_mean" for name in layers], ["attention"]))
    graph.output.append(onnx.helper.make_tensor_value_info("attention", onnx.TensorProto.FLOAT, ["pictures", most, rows]))
    onnx.checker.check_model(model)
    return model


def _bare(model: onnx.ModelProto) -> onnx.ModelProto:
    """Without what the exporter notes of its work, a tenth of the file."""
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.input, *graph.output, *graph.initializer):
        del part.metadata_props[:]
        part.doc_string = ""
    del graph.value_info[:]
    return model


def _halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """Weights in float16, each cast to float32 where it is used. Those that would not be the same numbers stay as they are."""
    graph, casts = model.graph, []
    for weight in list(graph.initializer):
        if weight.data_type != onnx.TensorProto.FLOAT:
            continue
        numbers = numpy_helper.to_array(weight)
        with np.errstate(over="ignore"):
            half = numbers.astype(np.float16)
        if numbers.size < _SMALL or not np.array_equal(half, numbers):
            continue
        name = weight.name
        weight.CopyFrom(numpy_helper.from_array(half, f"{name}_half"))
        casts.append(onnx.helper.make_node("Cast", [f"{name}_half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    return model
