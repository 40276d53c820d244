"""A picture's pixels → maps of where its glyphs are: the network that finds them, from a `model.onnx` of its own.

`detector` is the interface for other packages, `metadata` reads the file's metadata; what runs the graph within limits
is `classifier.network`.
"""
