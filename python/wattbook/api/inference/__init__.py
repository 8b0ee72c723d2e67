"""Predictions over gRPC, by the Open Inference Protocol (version 2)."""

from __future__ import annotations

from wattbook.api.inference.service import inference_server

__all__ = ["inference_server"]
