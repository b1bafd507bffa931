"""torch.distributed of one process that serves: there is no group, and nobody to wait for."""


class ReduceOp:
    SUM = "sum"
    AVG = "avg"
    PRODUCT = "product"
    MIN = "min"
    MAX = "max"


def is_available():
    return True


def is_initialized():
    return False


def is_nccl_available():
    return False


def is_torchelastic_launched():
    return False


def get_rank(group=None):
    return 0


def get_world_size(group=None):
    return 1


def init_process_group(*args, **kwargs):
    pass


def destroy_process_group(group=None):
    pass


def barrier(*args, **kwargs):
    pass


def all_reduce(tensor, op=None, group=None, async_op=False):
    pass


def broadcast(tensor, src=0, group=None, async_op=False):
    pass
