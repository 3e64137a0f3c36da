"""A value learner in three pictures: its scores, its predictions beside them, its weights.

Functions of arrays that return matplotlib figures of 900 pixels' width; nothing of pyplot's is touched.
"""

from semascope.pages.prediction_plot import plot_predictions
from semascope.pages.score_plot import plot_scores
from semascope.pages.weight_plot import plot_weights

__all__ = ["plot_predictions", "plot_scores", "plot_weights"]
