"""Export from Keras to model.onnx: `to_onnx` writes it, with a temperature calibrated by `calibrate`.

`tta` puts test-time augmentation into the graph, `ensemble` averages several networks in one graph.
"""
