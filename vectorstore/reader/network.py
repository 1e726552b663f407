"""The reading model's network in torch: a BERT encoder over given word vectors, and linear heads.

It has the sizes of the embedder's encoder (multilingual-e5-small: 12 post-norm layers of 384,
Devlin et al. 2019) and starts from its weights. The word embedding matrix, four fifths of the
embedder's parameters, is not part of it: callers read rows from the embedder's own files. Used for
training, for the export to OpenVINO, and without OpenVINO.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

HEADS = 3
"""Logits of the last layer's states: first token of an answer, last one, inside one."""
OUTPUTS = HEADS + 1
"""These, and the polarity."""

_LAYER = re.compile(r"encoder\.layer\.(\d+)\.(.+)")


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the encoder."""

    hidden: int = 384
    layers: int = 12
    heads: int = 12
    feed_forward: int = 1536
    positions: int = 512
    norm_eps: float = 1e-12
    polarity_layer: int = 8


class Layer(nn.Module):
    """One post-norm encoder layer: self-attention and feed-forward."""

    def __init__(self, shape: Shape, dropout: float = 0.0) -> None:
        super().__init__()
        hidden = shape.hidden
        self.heads = shape.heads
        self.dropout = dropout
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.attended = nn.Linear(hidden, hidden)
        self.norm_attended = nn.LayerNorm(hidden, shape.norm_eps)
        self.wide = nn.Linear(hidden, shape.feed_forward)
        self.narrow = nn.Linear(shape.feed_forward, hidden)
        self.norm = nn.LayerNorm(hidden, shape.norm_eps)

    def forward(self, states: Tensor, allowed: Tensor) -> Tensor:
        """New states (batch, tokens, hidden); ``allowed`` (batch, 1, 1, tokens) masks padding."""
        batch, tokens, hidden = states.shape
        qkv = self.qkv(states).view(batch, tokens, 3, self.heads, hidden // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        share = self.dropout if self.training else 0.0
        mixed = functional.scaled_dot_product_attention(
            query, key, value, attn_mask=allowed, dropout_p=share
        )
        mixed = mixed.transpose(1, 2).reshape(batch, tokens, hidden)
        mixed = functional.dropout(self.attended(mixed), share)
        states = self.norm_attended(states + mixed)
        wide = functional.gelu(self.wide(states))
        narrow = functional.dropout(self.narrow(wide), share)
        out: Tensor = self.norm(states + narrow)
        return out


class ReaderNetwork(nn.Module):
    """Maps word vectors to the logits of `OUTPUTS`.

    The polarity of the tokens inside an answer says whether the text affirms (above 0) or denies
    what the question asks or takes for granted. It is read from the states of
    ``Shape.polarity_layer``, where it is told best, and fitted after the training, by
    ``training/polarity.py``.

    ``dropout`` is applied in training as in BERT: in the attention and after both halves of a
    layer.
    """

    def __init__(
        self, shape: Shape | None = None, *, frozen_layers: int = 0, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.shape = shape or Shape()
        self.frozen_layers = frozen_layers
        hidden = self.shape.hidden
        self.positions = nn.Parameter(torch.zeros(self.shape.positions, hidden))
        self.norm = nn.LayerNorm(hidden, self.shape.norm_eps)
        self.layers = nn.ModuleList(Layer(self.shape, dropout) for _ in range(self.shape.layers))
        self.head = nn.Linear(hidden, HEADS)
        self.polarity = nn.Linear(hidden, 1)
        for part in (self.norm, self.polarity, *self.layers[:frozen_layers]):
            part.requires_grad_(False)
        self.positions.requires_grad_(False)

    def forward(self, words: Tensor, mask: Tensor) -> Tensor:
        """Logits (batch, tokens, OUTPUTS) from word vectors (batch, tokens, hidden).

        ``mask`` (batch, tokens) is 1 for tokens and 0 for padding.
        """
        middle, last = self.states(words, mask)
        return torch.cat([self.head(last), self.polarity(middle)], dim=-1)

    def states(self, words: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """The states (batch, tokens, hidden) after the polarity's layer and after the last one."""
        allowed = (mask > 0)[:, None, None, :]
        with torch.no_grad():  # frozen layers need no graph: a fifth less to compute
            states = self.norm(words + self.positions[: words.shape[1]])
        middle = states
        for number, layer in enumerate(self.layers, 1):
            with torch.set_grad_enabled(number > self.frozen_layers and torch.is_grad_enabled()):
                states = layer(states, allowed)
            if number == self.shape.polarity_layer:
                middle = states
        return middle, states


def encoder_weights(bert: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The encoder weights of a ``transformers.BertModel`` by this network's names."""
    state = {
        # Only the first of two token types is used.
        "positions": bert["embeddings.position_embeddings.weight"]
        + bert["embeddings.token_type_embeddings.weight"][0],
        "norm.weight": bert["embeddings.LayerNorm.weight"],
        "norm.bias": bert["embeddings.LayerNorm.bias"],
    }
    renamed = {
        "attention.output.dense": "attended",
        "attention.output.LayerNorm": "norm_attended",
        "intermediate.dense": "wide",
        "output.dense": "narrow",
        "output.LayerNorm": "norm",
    }
    for name, tensor in bert.items():
        match = _LAYER.fullmatch(name)
        if match is None:
            continue
        part, _, kind = match[2].rpartition(".")
        if part in renamed:
            state[f"layers.{match[1]}.{renamed[part]}.{kind}"] = tensor
        elif part == "attention.self.query":
            three = [bert[name.replace("query", other)] for other in ("query", "key", "value")]
            state[f"layers.{match[1]}.qkv.{kind}"] = torch.cat(three)
    return {name: tensor.float() for name, tensor in state.items()}
