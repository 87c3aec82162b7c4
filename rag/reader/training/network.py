"""The reader as a network in PyTorch: multilingual-e5-small with three heads."""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from rag.answer import FORMS
from rag.reader.training.to_onnx import FORM_LAYERS

WIDTH, FEED, LAYERS, HEADS, LONGEST, EPSILON = 384, 1536, 12, 12, 512, 1e-12
YES_NO = ("yes", "no", "other")
VERDICTS = ("supported", "contradicted", "neither")


class Layer(nn.Module):
    """One layer of BERT: attention, then two matrices, each with a sum and a norm after it (Devlin et al., 2019)."""

    def __init__(self) -> None:
        super().__init__()
        self.q, self.k, self.v, self.ao = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.fi, self.fo = nn.Linear(WIDTH, FEED), nn.Linear(FEED, WIDTH)
        self.aln, self.oln = nn.LayerNorm(WIDTH, EPSILON), nn.LayerNorm(WIDTH, EPSILON)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        rows, length, _ = x.shape
        q, k, v = (part(x).view(rows, length, HEADS, -1).transpose(1, 2) for part in (self.q, self.k, self.v))
        seen = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        x = self.aln(x + self.ao(seen.transpose(1, 2).reshape(rows, length, WIDTH)))
        return self.oln(x + self.fo(F.gelu(self.fi(x))))


class Reader(nn.Module):
    """Token embeddings in; start and end of the answer for every token, yes/no and verdict for every row out."""

    def __init__(self) -> None:
        super().__init__()
        self.places = nn.Parameter(torch.zeros(LONGEST, WIDTH), requires_grad=False)
        self.norm = nn.LayerNorm(WIDTH, EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.span = nn.Linear(WIDTH, 2)
        self.yes_no = nn.Sequential(nn.Linear(3 * WIDTH, WIDTH), nn.GELU(), nn.Linear(WIDTH, len(YES_NO)))
        self.form = nn.Linear(len(FORM_LAYERS) * 3 * WIDTH, len(FORMS))
        self.verdict = nn.Sequential(nn.Linear(3 * WIDTH, WIDTH), nn.GELU(), nn.Linear(WIDTH, len(VERDICTS)))

    def forward(
        self, embeddings: Tensor, asked: Tensor, lengths: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Read rows: `embeddings` [rows, tokens, 384], `asked` [rows, tokens] 1.0 for tokens of the question or statement,
        `lengths` [rows]; returns [rows, tokens, 2], [rows, 3], [rows, 3].
        """
        x = self.encode(embeddings, lengths)
        pooled = pool(x, asked)
        return self.span(x), self.yes_no(pooled), self.verdict(pooled)

    def encode(self, embeddings: Tensor, lengths: Tensor | None = None) -> Tensor:
        """What the last layer makes of each token, [rows, tokens, 384]."""
        return self.layer_outputs(embeddings, lengths)[-1]

    def form_features(self, embeddings: Tensor, asked: Tensor) -> Tensor:
        """What the form head reads of rows without padding, [rows, 3456]."""
        outputs = self.layer_outputs(embeddings)
        return torch.cat([pool(outputs[n], asked) for n in FORM_LAYERS], -1)

    def layer_outputs(self, embeddings: Tensor, lengths: Tensor | None = None) -> list[Tensor]:
        """What each layer makes of each token, [rows, tokens, 384]."""
        length = embeddings.shape[1]
        mask = None
        if lengths is not None:
            mask = (torch.arange(length)[None, :] < lengths[:, None])[:, None, None, :]
        x: Tensor = self.norm(embeddings + self.places[:length])
        outputs = []
        for layer in self.layers:
            x = layer(x, mask)
            outputs.append(x)
        return outputs

    def freeze(self, layers: int) -> None:
        """Keep the embedding's norm and the lowest layers as they are."""
        for module in [self.norm, *list(self.layers)[:layers]]:
            module.requires_grad_(False)


def pool(x: Tensor, asked: Tensor) -> Tensor:
    """The first token beside the mean and the maximum of what was asked: one wrong word of a statement stands out."""
    mean = (x * asked[..., None]).sum(1) / asked.sum(1, keepdim=True)
    highest = (x + (asked[..., None] - 1) * 1e4).amax(1)
    return torch.cat([x[:, 0], mean, highest], -1)


def from_encoder(weights: Mapping[str, NDArray[np.float32]]) -> Reader:
    """A reader that begins as the embedding model; its heads begin at random (seed it first)."""
    reader = Reader()
    state = reader.state_dict()
    for name in state:
        source = {"places": "places", "norm.weight": "norm.weight", "norm.bias": "norm.bias"}.get(name, name)
        if source in weights and np.size(weights[source]) == state[name].numel():
            state[name] = torch.from_numpy(np.array(weights[source], np.float32)).view(state[name].shape)
    reader.load_state_dict(state)
    return reader
