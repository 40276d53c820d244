"""model.onnx → logits, calibrated probabilities and a rejection score; knows no pictures.

`classifier` is what others use, `network` runs the graph within bounds, `metadata` is what the file says of itself.
"""
