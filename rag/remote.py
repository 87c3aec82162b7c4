"""Language models behind OpenAI's API or a compatible server (the openai package's one home file)."""

from collections.abc import Iterator
from contextlib import contextmanager

from llama_index.core.llms.llm import LLM

from index.errors import ModelKeyError, ModelUnavailableError, SettingsError

DEFAULT_OPENAI_MODEL = "gpt-4.1-mini"
TIMEOUT_S = 30.0


def open_remote(model: str | None, key: str | None, base_url: str | None, timeout_s: float | None = None) -> LLM:
    """A model of OpenAI's, or of the compatible server at `base_url`, whose first model is taken if none is named."""
    if not key and not base_url:
        raise SettingsError(
            f"The model {model!r} needs a key or a server: set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of yours."
        )
    from llama_index.llms.openai_like import OpenAILike

    return OpenAILike(
        model=model or (_first_model(key, base_url) if base_url else DEFAULT_OPENAI_MODEL),
        api_key=key or "none",
        api_base=base_url,
        is_chat_model=True,
        context_window=8_192,
        max_tokens=512,
        temperature=0.0,
        timeout=timeout_s or TIMEOUT_S,
        max_retries=2,
    )


@contextmanager
def translated_errors() -> Iterator[None]:
    """The openai package's errors as ours, without the server's text: it may repeat the key."""
    import json

    import openai

    try:
        yield
    except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
        raise ModelKeyError(
            f"The model server refused the key (status {error.status_code}). Set OPENAI_API_KEY to a valid key."
        ) from None
    except openai.APIStatusError as error:
        raise ModelUnavailableError(
            f"The model server answered with status {error.status_code}. {_advice(error.status_code)}"
        ) from None
    except openai.APITimeoutError:
        raise ModelUnavailableError(
            f"The model server gave no reply within {TIMEOUT_S:.0f} seconds. Try again, or answer without a model: --llm none."
        ) from None
    except openai.APIError as error:
        raise ModelUnavailableError(
            f"The model server cannot be reached or broke off ({type(error).__name__}). Check OPENAI_BASE_URL and the network, "
            "or answer without a model: --llm none."
        ) from None
    except (json.JSONDecodeError, AttributeError) as error:
        raise ModelUnavailableError(
            f"The model server's reply is not what OpenAI's API gives ({type(error).__name__}). Check OPENAI_BASE_URL: it "
            "usually ends in /v1."
        ) from None


def _first_model(key: str | None, base_url: str) -> str:
    import openai

    with (
        translated_errors(),
        openai.OpenAI(api_key=key or "none", base_url=base_url, timeout=TIMEOUT_S, max_retries=0) as client,
    ):
        models = client.models.list().data
    if not models:
        raise SettingsError(f"The server at {base_url!r} offers no model. Name one: --llm NAME.")
    return models[0].id


def _advice(status: int) -> str:
    if status == 404:
        return "Check the model's name (--llm NAME) and OPENAI_BASE_URL."
    if status == 429:
        return "Too many requests, or the account's quota is used up. Wait, or answer without a model: --llm none."
    return "Try again, or answer without a model: --llm none."
