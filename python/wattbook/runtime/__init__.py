"""A trading day from desk file to report: what the command line runs."""
