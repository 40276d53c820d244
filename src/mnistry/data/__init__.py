"""Data sets: images with labels, in splits for training, validation and test.

`load_dataset` loads IDX (`idx`), npz (`npz`), folders of class folders (`image_folder`) and what others publish
(`catalog`), as `split.Split`s; `holdout` says which images are held out for validation.
"""

from typing import TYPE_CHECKING

from mnistry.lazy_imports import lazy_imports

if TYPE_CHECKING:
    from mnistry.data.dataset import Dataset, load_dataset, save
    from mnistry.data.split import Split

__getattr__, __dir__ = lazy_imports(
    __name__,
    {
        "Dataset": "mnistry.data.dataset",
        "Split": "mnistry.data.split",
        "load_dataset": "mnistry.data.dataset",
        "save": "mnistry.data.dataset",
    },
)

__all__ = ["Dataset", "Split", "load_dataset", "save"]
