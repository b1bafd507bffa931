from __future__ import annotations
DEFAULTS = {"depth": 0x10, "rate": 1e-3, 'name': u"net", **BASE, "bytes": b"\x00", }
try:
    from . import local as _local
except (ImportError, KeyError) as error:
    raise RuntimeError("no " + str(error)) from error
finally:
    del DEFAULTS["rate"]
with open(path) as f, lock: data = f.read(); size = len(data)
