"""Notification's settings."""

from pydantic import SecretStr, model_validator

from services.kit.settings import ProcessSettings
from services.notification.adapters.webhook import WebhookOptions


class NotificationSettings(ProcessSettings):
    """Where notices are sent; without a URL they wait in the journal."""

    webhook_url: str = ""
    webhook_secret: SecretStr = SecretStr("")
    webhook_allow_private: bool = False
    """Admit addresses that are not public, and plain http to this machine: for tests and the demo."""

    @model_validator(mode="after")
    def _complete(self) -> "NotificationSettings":
        self.webhook()
        return self

    def webhook(self) -> WebhookOptions | None:
        """The webhook, or None. Raises ValueError, which never holds the secret."""
        if not self.webhook_url:
            return None
        secrets = tuple(self.webhook_secret.get_secret_value().split())
        return WebhookOptions(self.webhook_url, secrets, allow_private=self.webhook_allow_private)
