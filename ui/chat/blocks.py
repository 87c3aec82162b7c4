"""gradio Blocks, faster: only changed outputs are processed."""

from collections.abc import Mapping
from copy import copy
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.state_holder import SessionState


class Blocks(gr.Blocks):
    """Skips unchanged outputs, and passes text through.

    gradio rebuilds every output for every step of a stream, also skipped ones, and copies every text for its deep links.
    With twenty parts and many readers that was four fifths of the server's work.
    """

    async def postprocess_data(
        self, block_fn: BlockFunction, predictions: list[Any] | dict[Any, Any], state: SessionState | None
    ) -> list[Any]:
        if not isinstance(predictions, Mapping) or len(block_fn.outputs) < 2 or not _by_part(predictions):
            return await super().postprocess_data(block_fn, predictions, state)
        shown = {part: value for part, value in predictions.items() if _is_text(part, value) or value == gr.skip()}
        others = [part for part in block_fn.outputs if part in predictions and part not in shown]
        if others:
            only = copy(block_fn)
            only.outputs = others
            values = [predictions[part] for part in others]
            sent: Any = values if len(others) > 1 else values[0]  # As a function of one output would return it.
            shown |= zip(others, await super().postprocess_data(only, sent, state), strict=True)
        return [shown.get(part, gr.skip()) for part in block_fn.outputs]

    def handle_streaming_diffs(
        self,
        block_fn: BlockFunction,
        data: list[Any],
        session_hash: str | None,
        run: str | None,
        final: bool,
        simple_format: bool = False,
    ) -> list[Any]:
        """Skip the last message of a stream, which repeats the previous step and would overwrite newer changes."""
        sent = super().handle_streaming_diffs(block_fn, data, session_hash, run, final, simple_format)
        return [gr.skip()] * len(sent) if final and block_fn.api_visibility == "private" else sent


def _by_part(predictions: Mapping[Any, Any]) -> bool:
    return all(isinstance(part, gr.blocks.Block) for part in predictions)


def _is_text(part: Any, value: Any) -> bool:
    return isinstance(part, gr.HTML | gr.Textbox) and isinstance(value, str)
