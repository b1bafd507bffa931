# Of setuptools what models compare versions with.
from packaging.version import parse as parse_version
