"""What a model gets right and wrong: figures (`evaluate`, `corruptions`), plots, report, and a look inside it."""
