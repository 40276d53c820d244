"""What is bundled: MNIST, the trained networks, the templates of the report and the explanation, and the page."""

from pathlib import Path

ASSETS = Path(__file__).parent
MNIST_NPZ = ASSETS / "mnist.npz"
MODEL = ASSETS / "model.onnx"
DETECTOR = ASSETS / "detector.onnx"
WEB = ASSETS.parent / "web"  # the page; the report shares its confusion matrix
