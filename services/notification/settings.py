"""Notification's settings."""

from pydantic import SecretStr, model_validator

from services.kit.settings import ProcessSettings, Wrong
from services.notification.adapters.signature import signing_key
from services.notification.adapters.webhook import WebhookOptions, check_url


class NotificationSettings(ProcessSettings):
    """Where notices are sent; without a URL they wait in the journal."""

    webhook_url: str = ""
    webhook_secret: SecretStr = SecretStr("")
    webhook_allow_private: bool = False
    """Admit addresses that are not public, and plain http to this machine: for tests and the demo."""

    @model_validator(mode="after")
    def _webhook_is_whole(self) -> "NotificationSettings":
        if not self.webhook_url:
            return self
        setting = "webhook_url"
        try:
            check_url(self.webhook_url, self.webhook_allow_private)
            setting = "webhook_secret"
            for secret in self._secrets() or ("",):
                signing_key(secret)
        except ValueError as error:
            raise Wrong(setting, str(error)) from None
        return self

    def webhook(self) -> WebhookOptions | None:
        """The webhook, or None."""
        if not self.webhook_url:
            return None
        return WebhookOptions(self.webhook_url, self._secrets(), allow_private=self.webhook_allow_private)

    def _secrets(self) -> tuple[str, ...]:
        return tuple(self.webhook_secret.get_secret_value().split())
