"""How good search is, measured: the engine behind `nexus eval`.

It runs the pieces that serve real questions over a folder of documents and questions with known answers.
"""

from nexus.retrieval.evaluation.indexing import EvaluationTools
from nexus.retrieval.evaluation.rendering import render, render_following
from nexus.retrieval.evaluation.running import evaluate
from nexus.retrieval.evaluation.scoring import Scores, SetReport

__all__ = ["EvaluationTools", "Scores", "SetReport", "evaluate", "render", "render_following"]
