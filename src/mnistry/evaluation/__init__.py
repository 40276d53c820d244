"""Evaluates models: metrics (`evaluate`, `corruptions`), `plots`, `report`, and layers inside (`interpret`)."""
