"""`python -m services.intake worker` runs one process of intake: its lanes, its views and the HTTP edge."""

from functools import partial

from services.intake.adapters import Pages
from services.intake.bootstrap import Edge, workers
from services.intake.settings import IntakeSettings
from services.kit.serve import serve
from services.kit.settings import load

if __name__ == "__main__":
    settings = load(IntakeSettings)
    edge = Edge(settings.bind_host, settings.http_port, settings.bootstrap_token_sha256, Pages(settings.pages))
    serve("intake", settings, partial(workers, edge=edge))
