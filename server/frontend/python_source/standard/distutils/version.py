from packaging.version import Version as LooseVersion

StrictVersion = LooseVersion
