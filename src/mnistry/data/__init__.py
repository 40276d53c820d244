"""Data sets: labelled images, split into training, validation and test images.

`load_dataset` loads IDX files (`idx`), npz archives (`npz`), folders of class folders (`image_folder`) and published
data sets (`catalog`) as `split.Split`s; `holdout` chooses the images that are held out for validation.
"""

from typing import TYPE_CHECKING

from mnistry.lazy_imports import lazy_imports

if TYPE_CHECKING:
    from mnistry.data.dataset import Dataset, save
    from mnistry.data.load import load_dataset
    from mnistry.data.split import Split

__getattr__, __dir__ = lazy_imports(
    __name__,
    {
        "Dataset": "mnistry.data.dataset",
        "Split": "mnistry.data.split",
        "load_dataset": "mnistry.data.load",
        "save": "mnistry.data.dataset",
    },
)

__all__ = ["Dataset", "Split", "load_dataset", "save"]
