"""Stands in for PyTorch, of which guidellm uses only the iteration over the prompts; the real one brings 5 GB of CUDA's libraries.

It has what guidellm and its `datasets` ask for when a benchmark of text is run. TRAMONTANE_LARGE_CLIENTS=true installs the real
one instead.
"""

from torch.utils import data as data


class Tensor:
    """No value is one; `datasets` asks."""


class nn:
    class Module:
        """No value is one; `datasets` asks."""


class Generator:
    """Seeds a shuffle, which is off."""

    def manual_seed(self, seed):
        return self
