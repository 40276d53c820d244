"""Export from Keras to model.onnx, called by `training.train` for each run; another format would go beside `to_onnx`.

`to_onnx` writes the graph and checks it, `calibrate` fits its temperature and its rejection threshold, and
`write_metadata` puts them into the file. `tta` puts test-time augmentation into the graph, `ensemble` averages several
networks in one graph.
"""
