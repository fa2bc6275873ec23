"""Drift points of river's HDDM-W and CUSUM by their recurrences: python3 scripts/oracle/streams.py > test/oracle/shift/streams.json"""
import json
import math


def uniforms(n, seed):
    """The congruential generator of test/shift/stream.test.ts."""
    out = []
    for _ in range(n):
        seed = (seed * 1664525 + 1013904223) % 2**32
        out.append(seed / 2**32)
    return out


def errors(n, change, before, after, seed):
    return [int(u < (before if i < change else after)) for i, u in enumerate(uniforms(n, seed))]


def points(values, start, step):
    """Values with a drift, and those at which warnings begin; a detector starts anew after a drift."""
    drifts, warnings, state, last = [], [], start(), ""
    for i, x in enumerate(values):
        if last == "drift":
            state = start()
        now = step(state, x)
        if now == "drift":
            drifts.append(i)
        if now == "warning" and last != "warning":
            warnings.append(i)
        last = now
    return {"drifts": drifts, "warnings": warnings}


def hddm_w(values, confidences=(0.001, 0.005), lam=0.05, two_sided=False):
    # A weighted mean is [mean, squares of weights, whether it has a value].
    def take(one, x):
        mean, squares, _ = one
        return [lam * x + (1 - lam) * mean if mean != 0 else x, lam * lam + (1 - lam) ** 2 * squares, True]

    def bound(squares, confidence):
        return math.sqrt(squares * math.log(1 / confidence) / 2)

    def above(later, earlier, c):
        return later[2] and earlier[2] and later[0] - earlier[0] > bound(later[1] + earlier[1], c)

    def step(s, x):
        s["all"] = take(s["all"], x)
        for side, sign in (("rise", 1), ("fall", -1)):
            level = sign * s["all"][0] + bound(s["all"][1], confidences[0])
            if level < s[side][2]:
                s[side] = [s["all"], [0, 1, False], level]
            else:
                s[side][1] = take(s[side][1], x)
        (b, a, _), (c, d, _) = s["rise"], s["fall"]
        for state, confidence in zip(("drift", "warning"), confidences):
            if above(a, b, confidence) or (two_sided and above(c, d, confidence)):
                return state
        return "stable"

    def start():
        return {"all": [0, 1, False], "rise": [None, None, math.inf], "fall": [None, None, math.inf]}

    return points(values, start, step)


def cusum(values, first=30, slack=0.5, threshold=5.0, mode="both"):
    def step(s, x):
        seen = s["seen"]
        seen.append(x)
        if len(seen) < first:
            return "stable"
        if s["mean"] is None:
            s["mean"] = math.fsum(seen) / first
            s["deviation"] = math.sqrt(math.fsum((v - s["mean"]) ** 2 for v in seen) / (first - 1))
        off, d = x - s["mean"], s["deviation"]
        s["up"] = max(0.0, s["up"] + off - slack * d)
        s["down"] = max(0.0, s["down"] - off - slack * d)
        sums = {"up": [s["up"]], "down": [s["down"]], "both": [s["up"], s["down"]]}[mode]
        return "drift" if max(sums) > threshold * d else "stable"

    return points(values, lambda: {"seen": [], "mean": None, "up": 0.0, "down": 0.0}, step)


streams = [[4000, 2000, 0.05, 0.15, 3], [4000, 1000, 0.4, 0.1, 4], [6000, 3000, 0.02, 0.3, 5], [3000, 1500, 0.2, 0.2, 6]]
out = []
for stream in streams:
    e = errors(*stream)
    u = [v + (0.2 if i >= stream[1] else 0) for i, v in enumerate(uniforms(stream[0], stream[4]))]
    out.append(
        {
            "stream": stream,
            "hddmW": hddm_w(e),
            "hddmWBoth": hddm_w(e, lam=0.1, two_sided=True),
            "cusum": cusum(u)["drifts"],
            "cusumDown": cusum(u, 100, 0.25, 8.0, "down")["drifts"],
        }
    )
print(json.dumps(out))
