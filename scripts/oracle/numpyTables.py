"""Makes test/oracle/table/numpy.json: arrays as NumPy saves them, base64. Run: python3 numpyTables.py > numpy.json"""
import base64
import io
import json

import numpy as np

out = {}


def save(name, write):
    bytes_ = io.BytesIO()
    write(bytes_)
    out[name] = base64.b64encode(bytes_.getvalue()).decode()


a = np.arange(6).reshape(3, 2) - 2.5
save("f8", lambda s: np.save(s, a))
save("f8F", lambda s: np.save(s, np.asfortranarray(a)))
save("be", lambda s: np.save(s, a.astype(">f4")))
save("f2", lambda s: np.save(s, np.array([1.5, -0.0, 65504, 6e-8, np.nan, np.inf], "<f2")))
save("bool", lambda s: np.save(s, np.array([True, False, True])))
save("i8", lambda s: np.save(s, np.array([-1, 2**53 + 1], "<i8")))
save("npz", lambda s: np.savez_compressed(s, x=a, label=np.array([0, 1, 1], "u1"), ok=np.array([True, False, True])))
save("uneven", lambda s: np.savez(s, x=a, y=np.zeros(2)))
save("struct", lambda s: np.save(s, np.zeros(2, dtype=[("a", "f4")])))
save("cube", lambda s: np.save(s, np.zeros((2, 2, 2))))
save("object", lambda s: np.save(s, np.array([{}], dtype=object), allow_pickle=True))
print(json.dumps(out))
