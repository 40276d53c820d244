"""model.onnx → logits, calibrated probabilities and a rejection score; knows nothing of pictures.

`classifier` is the interface for other packages, `network` runs the graph within limits, `metadata` reads the file's
metadata.
"""
