"""Logs and metrics. No customer's text and no secret is in either, whatever happens."""

from service.telemetry.logs import configure_logging
from service.telemetry.metrics import Metrics, make_metrics

__all__ = ["Metrics", "configure_logging", "make_metrics"]
