"""What is bundled: MNIST, the trained network, and the templates of the report and of the explanation."""

from pathlib import Path

ASSETS = Path(__file__).parent
MNIST_NPZ = ASSETS / "mnist.npz"
MODEL = ASSETS / "model.onnx"
