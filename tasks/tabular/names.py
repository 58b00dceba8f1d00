"""Names of persons in text that is kept, found by a spaCy model of the user's own.

No model comes with atomq, none is downloaded, and none finds every name: what is not found is not
proven absent.
"""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from policy_checks.errors import UnavailableError
from tasks.tabular.cells import as_arrow, is_text
from tasks.tabular.detect import Mask, Values

if TYPE_CHECKING:
    from spacy.language import Language

PERSON = frozenset({"PERSON", "PER", "persName", "PRS"})
LONGEST = 100_000


class NameModel:
    """A spaCy pipeline that marks names of persons.

    Args:
        folder: where the user's model lies; nothing else is looked for.

    Raises:
        UnavailableError: spaCy is not installed, or the folder holds no model that marks entities.
    """

    def __init__(self, folder: Path) -> None:
        self._model = _load(folder)

    def flags(self, values: Values) -> Mask:
        """Return which cells hold a person's name, (rows,) of bool; cells that are no text hold none."""
        array = as_arrow(values)
        if not is_text(array):
            return np.zeros(len(array), dtype=bool)
        encoded = array.cast(pa.large_string()).dictionary_encode()
        named = [self._is_named(text) for text in encoded.dictionary.to_pylist()]
        mask: Mask = np.array([*named, False], dtype=bool)
        return mask.take(np.asarray(encoded.indices.fill_null(-1)))

    def _is_named(self, text: str) -> bool:
        """Read long texts in pieces that overlap by a name's length: a model's memory grows with its text."""
        step = LONGEST - 100
        pieces = (text[place : place + LONGEST] for place in range(0, max(1, len(text)), step))
        return any(entity.label_ in PERSON for piece in pieces for entity in self._model(piece).ents)


@lru_cache(maxsize=1)
def name_model(folder: str) -> NameModel:
    """Return the model of a folder, which is read once."""
    return NameModel(Path(folder))


def _load(folder: Path) -> "Language":
    try:
        import spacy
    except ImportError:
        raise UnavailableError(
            "names-spacy-absent",
            "A model for names is configured, and spaCy, which reads it, is not installed.",
            "Install spaCy beside atomq, or unset ATOMQ_NAMES_MODEL.",
        ) from None
    try:
        model = spacy.load(folder)
    except (OSError, ValueError, KeyError, TypeError, ImportError):
        raise _no_model("holds no model that this spaCy can read") from None
    if not {"ner", "entity_ruler", "span_ruler"} & set(model.pipe_names):
        raise _no_model("holds a model that marks no entities")
    return model


def _no_model(what: str) -> UnavailableError:
    return UnavailableError(
        "names-model-unusable",
        f"The folder that ATOMQ_NAMES_MODEL names {what}.",
        "Give the path of a spaCy model's folder (the one with config.cfg in it), or unset it.",
    )
