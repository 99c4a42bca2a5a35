from torch.utils.data.dataloader import DataLoader as DataLoader
from torch.utils.data.dataset import IterableDataset as IterableDataset


def get_worker_info():
    """Everything is read in the calling process."""
