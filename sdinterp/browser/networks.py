"""The networks of the bundled model as ONNX: the door to onnx."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.export import Dim

from sdinterp.defaults import POSTCARDS
from sdinterp.diffusion import DiffusionModel
from sdinterp.extras import needs_extras
from sdinterp.files import whole
from sdinterp.models import fingerprint, load_model
from sdinterp.perception import net_version, stacked
from sdinterp.postcards.image_encoder import load_image_encoder

with needs_extras():
    import onnx
    from onnx import numpy_helper

NETWORKS = ("text", "denoiser", "decoder", "eye")
"""The text encoder; the denoiser, which takes the rows' log-weights and says where it reads; the decoder; the net `postcards`."""

_SMALL = 64
"""Weights of fewer numbers stay in float32: a cast would cost more than it saves."""


class _Text(nn.Module):
    def __init__(self, text_model: Any) -> None:
        super().__init__()
        self.model = text_model

    def forward(self, ids: Int[Tensor, "b 77"]) -> Float[Tensor, "b 77 d"]:
        return self.model(input_ids=ids).last_hidden_state


class _Denoiser(nn.Module):
    def __init__(self, unet: Any) -> None:
        super().__init__()
        self.unet = unet

    def forward(self, latents: Tensor, time: Tensor, rows: Tensor, log_weights: Tensor) -> Float[Tensor, "b c h w"]:
        return self.unet(latents, time, rows, cross_attention_kwargs={"log_weights": log_weights}).sample


class _Decoder(nn.Module):
    def __init__(self, vae: Any) -> None:
        super().__init__()
        self.vae = vae

    def forward(self, latents: Float[Tensor, "b c h w"]) -> Float[Tensor, "b 3 h w"]:
        return self.vae.decode(latents / self.vae.config.scaling_factor).sample.clamp(-1, 1)


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
        folder.mkdir(parents=True, exist_ok=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the exporter's own making
            networks = _networks()
        for name, network in networks.items():
            with whole(files[name]) as unfinished:
                unfinished.write_bytes(network.SerializeToString())
    return files


@torch.no_grad()
def _networks() -> dict[str, onnx.ModelProto]:
    model = load_model("postcards", compile=True)  # whose denoiser has no hooks, which an export could not follow
    assert isinstance(model, DiffusionModel)
    unet = model.unet.to(memory_format=torch.contiguous_format)
    batch, rows = Dim("batch", min=1, max=1024), Dim("rows", min=1, max=8192)
    ids = torch.zeros(2, model.text.length, dtype=torch.int64)
    latents, text = torch.zeros(2, *model.latent_shape), torch.zeros(2, 77, unet.config.cross_attention_dim)
    read = (latents, torch.tensor([501.0]), text, torch.zeros(2, 77))
    some = {0: batch}
    made = {
        "text": _export(_Text(model.text.text_model), (ids,), (some,), ["ids"], "rows"),
        "denoiser": _export(
            _Denoiser(unet), read, (some, {}, {0: batch, 1: rows}, {0: batch, 1: rows}),
            ["latents", "time", "rows", "log_weights"], "guess",
        ),
        "decoder": _export(_Decoder(model.vae), (latents,), (some,), ["latents"], "pictures"),
        "eye": _export(_Eye(), (torch.zeros(2, 3, 64, 64),), (some,), ["pictures"], "features"),
    }  # fmt: skip
    return made | {"denoiser": _attending(made["denoiser"])}


def _export(
    network: nn.Module, example: tuple[Tensor, ...], shapes: Sequence[dict[int, Any]], inputs: list[str], output: str
) -> onnx.ModelProto:
    program = torch.onnx.export(
        network.eval(), example, dynamo=True, dynamic_shapes=tuple(shapes), input_names=inputs, output_names=[output],
        opset_version=20, verbose=False,
    )  # fmt: skip
    assert program is not None
    return _halved(_bare(program.model_proto))


def _attending(model: onnx.ModelProto) -> onnx.ModelProto:
    """With a second output: the attention of each place to each row, mean over heads and over the layers with the most places."""
    graph, inferred = model.graph, onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    shapes = {value.name: value.type.tensor_type.shape.dim for value in inferred.value_info}
    read = {node.output[0]: shapes[node.output[0]] for node in graph.node if node.op_type == "Softmax"}
    read = {name: shape[-2].dim_value for name, shape in read.items() if shape[-1].dim_param}  # of rows, not of places
    most = max(read.values())
    layers = [name for name, places in read.items() if places == most]
    graph.initializer.append(numpy_helper.from_array(np.array([1]), "heads"))
    node = onnx.helper.make_node
    graph.node.extend(node("ReduceMean", [name, "heads"], [f"{name}_mean"], keepdims=0) for name in layers)
    graph.node.append(node("Mean", [f"{name}_mean" for name in layers], ["attention"]))
    graph.output.append(onnx.helper.make_tensor_value_info("attention", onnx.TensorProto.FLOAT, ["batch", most, "rows"]))
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
