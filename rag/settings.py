"""What can be set from outside, read once from the environment. Fits on a postcard and stays that way."""

from pathlib import Path

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from index.errors import SettingsError

MAX_TOKENS = 45_000
"""So many tokens a model reads and writes for one question at the most."""


class Settings(BaseSettings):
    """Environment variables: ONRECORD_LIBRARY, ONRECORD_LLM, ONRECORD_MODEL_FILE, ONRECORD_CHROMA,
    ONRECORD_MAX_TOKENS (a question's, read and written), ONRECORD_LOCAL (nothing leaves this machine),
    OPENAI_API_KEY, OPENAI_BASE_URL."""

    model_config = SettingsConfigDict(frozen=True, populate_by_name=True, env_ignore_empty=True)

    library: Path = Field(default_factory=lambda: user_data_path("onrecord") / "library", alias="ONRECORD_LIBRARY")
    llm: str | None = Field(default=None, alias="ONRECORD_LLM")
    model_file: Path | None = Field(default=None, alias="ONRECORD_MODEL_FILE")
    chroma: str | None = Field(default=None, alias="ONRECORD_CHROMA")
    max_tokens: int = Field(default=MAX_TOKENS, ge=1_000, alias="ONRECORD_MAX_TOKENS")
    local: bool = Field(default=False, alias="ONRECORD_LOCAL")
    openai_api_key: SecretStr | None = Field(default=None, alias="OPENAI_API_KEY")
    openai_base_url: str | None = Field(default=None, alias="OPENAI_BASE_URL")


def read_settings(**overrides: object) -> Settings:
    """The settings in force; values given here win over the environment's. Raises SettingsError."""
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingsError(
            f"The setting {first['loc'][0]} cannot be used: {first['msg']} (value {first['input']!r})."
        ) from error
