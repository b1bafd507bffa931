import torch
from torch.nn.modules.module import Module
from torch.nn.parameter import Parameter
from torch.nn.utils.rnn import PackedSequence


def _gates(mode):
    gates = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}
    if mode not in gates:
        raise ValueError("Unrecognized RNN mode: " + mode)
    return gates[mode]


def _check(input_size, hidden_size, num_layers, dropout, proj_size):
    if dropout < 0 or dropout > 1:
        raise ValueError("dropout should be a number in range [0, 1]")
    if input_size <= 0:
        raise ValueError("input_size must be greater than zero")
    if hidden_size <= 0:
        raise ValueError("hidden_size must be greater than zero")
    if num_layers <= 0:
        raise ValueError("num_layers must be greater than zero")
    if proj_size < 0:
        raise ValueError("proj_size should be a positive integer or zero to disable projections")
    if proj_size >= hidden_size:
        raise ValueError("proj_size has to be smaller than hidden_size")



def _check_state(hx):
    if isinstance(hx, torch.Tensor):
        raise TypeError("the state of an LSTM is a tuple (h, c), not a tensor")


class RNNBase(Module):
    # What files of older versions lack.
    proj_size = 0
    bidirectional = False
    batch_first = False
    dropout = 0.0

    def __init__(
        self,
        mode,
        input_size,
        hidden_size,
        num_layers=1,
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
        proj_size=0,
        device=None,
        dtype=None,
    ):
        super().__init__()
        _check(input_size, hidden_size, num_layers, dropout, proj_size)
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self._flat_weights_names = []
        self._all_weights = []
        for layer in range(num_layers):
            for names in self._names_of_layer(layer):
                self._add_weights(names, layer, device, dtype)
                self._flat_weights_names.extend(names)
                self._all_weights.append(names)
        self.reset_parameters()

    def _names_of_layer(self, layer):
        """The weights of a layer's directions in the order of the operators."""
        names = ["weight_ih", "weight_hh"]
        if self.bias:
            names = names + ["bias_ih", "bias_hh"]
        if self.proj_size > 0:
            names = names + ["weight_hr"]
        suffixes = ["", "_reverse"] if self.bidirectional else [""]
        return [[f"{name}_l{layer}{suffix}" for name in names] for suffix in suffixes]

    def _add_weights(self, names, layer, device, dtype):
        rows = _gates(self.mode) * self.hidden_size
        width = self._width()
        columns = self.input_size if layer == 0 else width * self._directions()
        for name in names:
            if name.startswith("weight_ih"):
                shape = (rows, columns)
            elif name.startswith("weight_hh"):
                shape = (rows, width)
            elif name.startswith("weight_hr"):
                shape = (self.proj_size, self.hidden_size)
            else:
                shape = (rows,)
            setattr(self, name, Parameter(torch.empty(shape, device=device, dtype=dtype)))

    def _width(self):
        return self.proj_size if self.proj_size > 0 else self.hidden_size

    def _directions(self):
        return 2 if self.bidirectional else 1

    def _weights(self):
        """By name and not from a list that was kept: a weight may have been replaced since."""
        flat = []
        for layer in range(self.num_layers):
            for names in self._names_of_layer(layer):
                flat.extend([getattr(self, name) for name in names])
        return flat

    def _batch_dim(self):
        return 0 if self.batch_first else 1

    def _zeros(self, input, width):
        shape = [self.num_layers * self._directions(), input.size(self._batch_dim()), width]
        return torch.zeros(shape, dtype=input.dtype, device=input.device)

    @property
    def all_weights(self):
        layers = range(self.num_layers)
        return [
            [getattr(self, name) for name in names] for one in layers for names in self._names_of_layer(one)
        ]

    def flatten_parameters(self):
        pass

    def reset_parameters(self):
        pass

    def _settings(self):
        """What the operators take after the states."""
        return (
            self._weights(),
            self.bias,
            self.num_layers,
            self.dropout,
            self.training,
            self.bidirectional,
        )

    def _run(self, operator, input, hx):
        return operator(input, hx, *self._settings(), self.batch_first)

    def _run_packed(self, operator, packed, states):
        """`states`: None, or in the order in which the sequences were given."""
        count = int(packed.batch_sizes[0])
        order = packed.sorted_indices
        if states is None:
            shape = [self.num_layers * self._directions(), count]
            widths = [self._width(), self.hidden_size] if self.mode == "LSTM" else [self.hidden_size]
            states = [packed.data.new_zeros(shape + [width]) for width in widths]
        elif order is not None:
            states = [state.index_select(1, order) for state in states]
        output, *states = operator(
            packed.data,
            packed.batch_sizes,
            states if self.mode == "LSTM" else states[0],
            *self._settings(),
        )
        if order is not None:
            states = [state.index_select(1, packed.unsorted_indices) for state in states]
        return PackedSequence(output, packed.batch_sizes, order, packed.unsorted_indices), states

    def _run_one_state(self, operator, input, hx):
        """What RNN and GRU have in common: one state, with or without a batch dimension."""
        if isinstance(input, PackedSequence):
            output, states = self._run_packed(operator, input, None if hx is None else [hx])
            return output, states[0]
        batched = input.dim() == 3
        if not batched:
            input = input.unsqueeze(self._batch_dim())
        if hx is None:
            hx = self._zeros(input, self.hidden_size)
        elif not batched:
            hx = hx.unsqueeze(1)
        output, hidden = self._run(operator, input, hx)
        if not batched:
            output = output.squeeze(self._batch_dim())
            hidden = hidden.squeeze(1)
        return output, hidden


class RNN(RNNBase):
    def __init__(
        self,
        input_size,
        hidden_size,
        num_layers=1,
        nonlinearity="tanh",
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
        device=None,
        dtype=None,
    ):
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        mode = "RNN_TANH" if nonlinearity == "tanh" else "RNN_RELU"
        super().__init__(
            mode,
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            0,
            device,
            dtype,
        )
        self.nonlinearity = nonlinearity

    def forward(self, input, hx=None):
        operator = torch.rnn_tanh if self.mode == "RNN_TANH" else torch.rnn_relu
        return self._run_one_state(operator, input, hx)


class GRU(RNNBase):
    def __init__(
        self,
        input_size,
        hidden_size,
        num_layers=1,
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
        device=None,
        dtype=None,
    ):
        super().__init__(
            "GRU",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            0,
            device,
            dtype,
        )

    def forward(self, input, hx=None):
        return self._run_one_state(torch.gru, input, hx)


class LSTM(RNNBase):
    def __init__(
        self,
        input_size,
        hidden_size,
        num_layers=1,
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
        proj_size=0,
        device=None,
        dtype=None,
    ):
        super().__init__(
            "LSTM",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            proj_size,
            device,
            dtype,
        )

    def forward(self, input, hx=None):
        _check_state(hx)
        if isinstance(input, PackedSequence):
            output, states = self._run_packed(torch.lstm, input, None if hx is None else [hx[0], hx[1]])
            return output, (states[0], states[1])
        batched = input.dim() == 3
        if not batched:
            input = input.unsqueeze(self._batch_dim())
        if hx is None:
            hidden = self._zeros(input, self._width())
            cell = self._zeros(input, self.hidden_size)
        else:
            hidden = hx[0]
            cell = hx[1]
            if not batched:
                hidden = hidden.unsqueeze(1)
                cell = cell.unsqueeze(1)
        output, hidden, cell = self._run(torch.lstm, input, [hidden, cell])
        if not batched:
            output = output.squeeze(self._batch_dim())
            hidden = hidden.squeeze(1)
            cell = cell.squeeze(1)
        return output, (hidden, cell)


class RNNCellBase(Module):
    def __init__(self, input_size, hidden_size, bias, num_chunks, device=None, dtype=None):
        super().__init__()
        rows = num_chunks * hidden_size
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        self.weight_ih = Parameter(torch.empty((rows, input_size), device=device, dtype=dtype))
        self.weight_hh = Parameter(torch.empty((rows, hidden_size), device=device, dtype=dtype))
        if bias:
            self.bias_ih = Parameter(torch.empty(rows, device=device, dtype=dtype))
            self.bias_hh = Parameter(torch.empty(rows, device=device, dtype=dtype))
        else:
            self.register_parameter("bias_ih", None)
            self.register_parameter("bias_hh", None)
        self.reset_parameters()

    def reset_parameters(self):
        pass

    def _zeros(self, input):
        return torch.zeros([input.size(0), self.hidden_size], dtype=input.dtype, device=input.device)

    def _run_one_state(self, operator, input, hx):
        batched = input.dim() == 2
        if not batched:
            input = input.unsqueeze(0)
        if hx is None:
            hx = self._zeros(input)
        elif not batched:
            hx = hx.unsqueeze(0)
        hidden = operator(input, hx, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        if not batched:
            hidden = hidden.squeeze(0)
        return hidden


class RNNCell(RNNCellBase):
    def __init__(self, input_size, hidden_size, bias=True, nonlinearity="tanh", device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input, hx=None):
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        operator = torch.rnn_tanh_cell if self.nonlinearity == "tanh" else torch.rnn_relu_cell
        return self._run_one_state(operator, input, hx)


class GRUCell(RNNCellBase):
    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input, hx=None):
        return self._run_one_state(torch.gru_cell, input, hx)


class LSTMCell(RNNCellBase):
    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input, hx=None):
        _check_state(hx)
        batched = input.dim() == 2
        if not batched:
            input = input.unsqueeze(0)
        if hx is None:
            hidden = self._zeros(input)
            cell = self._zeros(input)
        else:
            hidden = hx[0]
            cell = hx[1]
            if not batched:
                hidden = hidden.unsqueeze(0)
                cell = cell.unsqueeze(0)
        hidden, cell = torch.lstm_cell(
            input, [hidden, cell], self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh
        )
        if not batched:
            hidden = hidden.squeeze(0)
            cell = cell.squeeze(0)
        return hidden, cell
