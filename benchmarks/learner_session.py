"""How the value learner learns scores from texts, as one script: one side of ``benchmarks/learner.py``.

python benchmarks/learner_session.py ROWS.jsonl CACHE PREDICTIONS.json

Rows with a ``place`` are held out, and predicted in the order of their places.
"""

import json
import sys
from pathlib import Path

import semascope as sm

path, cache, output = sys.argv[1:]
rows = [json.loads(line) for line in Path(path).read_text(encoding="utf8").splitlines()]
held_out = [row for row in rows if row["place"] is not None]
held_out.sort(key=lambda row: row["place"])
learner = sm.ValueLearner(encoder="minilm", cache_dir=cache)
learner.add_training_examples(
    sm.RankingExample(row["text"], row["score"]) for row in rows if row["place"] is None
)
found = learner.optimize_hyperparameters([10 ** (half / 2) for half in range(-6, 7)])
predictions = learner.predict_many([row["text"] for row in held_out])
Path(output).write_text(
    json.dumps(
        {
            "truth": [row["score"] for row in held_out],
            "predictions": predictions.tolist(),
            "alpha": found["best_alpha"],
        }
    )
)
