"""What models call of torch.autograd. Nothing is differentiated here: a Function is its forward, and a Variable a tensor."""

from torch import Variable


class _Context:
    needs_input_grad = (False,) * 16
    saved_tensors = ()

    def save_for_backward(self, *tensors):
        self.saved_tensors = tensors

    def mark_non_differentiable(self, *tensors):
        pass

    def mark_dirty(self, *tensors):
        pass

    def set_materialize_grads(self, value):
        pass


class Function:
    @classmethod
    def apply(cls, *args):
        # A class with setup_context has a forward that takes no context.
        if hasattr(cls, "setup_context"):
            return cls.forward(*args)
        return cls.forward(_Context(), *args)
