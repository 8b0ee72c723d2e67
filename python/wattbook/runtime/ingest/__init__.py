"""Ingestion at work: payloads examined, fetched, parsed, normalized, stored and judged."""
