"""`python -m services.notification worker` runs one process of notification."""

from functools import partial

from services.kit.serve import serve
from services.kit.settings import load
from services.notification.bootstrap import workers
from services.notification.settings import NotificationSettings

if __name__ == "__main__":
    settings = load(NotificationSettings)
    serve("notification", settings, partial(workers, webhook=settings.webhook()))
