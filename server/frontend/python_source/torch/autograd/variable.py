from torch import Variable
