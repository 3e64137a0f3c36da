"""How a notebook learns scores from texts, as one script: the other side of ``benchmarks/learner.py``.

    python benchmarks/learner_notebook.py ROWS.jsonl CHECKPOINT PREDICTIONS.json

Nothing of Semascope is used here.
"""

import json
import sys

import numpy as np
from sentence_transformers import SentenceTransformer
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import train_test_split

path, checkpoint, output = sys.argv[1:]
rows = [json.loads(line) for line in open(path, encoding="utf8")]  # noqa: SIM115, PTH123
model = SentenceTransformer(checkpoint)
X = model.encode([row["text"] for row in rows])
y = np.array([row["score"] for row in rows])
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=42)
ridge = RidgeCV(alphas=np.logspace(-3, 3, 13)).fit(X_train, y_train)
predictions = ridge.predict(X_test)
with open(output, "w") as file:  # noqa: PTH123
    json.dump(
        {"truth": y_test.tolist(), "predictions": predictions.tolist(), "alpha": float(ridge.alpha_)}, file
    )
