"""gradio Blocks that touch only what an event changes."""

from collections.abc import Mapping
from copy import copy
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.state_holder import SessionState


class Blocks(gr.Blocks):
    """As gradio's, but an output that an event leaves alone costs nothing.

    gradio builds every output anew for every step of a stream, those too that it is told to skip. With some twenty parts
    and many readers that was four fifths of the server's work.
    """

    async def postprocess_data(
        self, block_fn: BlockFunction, predictions: list[Any] | dict[Any, Any], state: SessionState | None
    ) -> list[Any]:
        if not isinstance(predictions, Mapping) or len(block_fn.outputs) < 2 or not _by_part(predictions):
            return await super().postprocess_data(block_fn, predictions, state)
        changed = [part for part in block_fn.outputs if part in predictions and predictions[part] != gr.skip()]
        shown: dict[Any, Any] = {}
        if changed:
            only = copy(block_fn)
            only.outputs = changed
            values = [predictions[part] for part in changed]
            sent: Any = values if len(changed) > 1 else values[0]  # As a function of one output would return it.
            shown = dict(zip(changed, await super().postprocess_data(only, sent, state), strict=True))
        return [shown.get(part, gr.skip()) for part in block_fn.outputs]


def _by_part(predictions: Mapping[Any, Any]) -> bool:
    return predictions == gr.skip() or all(isinstance(part, gr.blocks.Block) for part in predictions)
