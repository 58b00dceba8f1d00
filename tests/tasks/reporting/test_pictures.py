"""Pictures say in numbers what they show, and draw whatever a table's labels may hold."""

import hashlib
import io
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import matplotlib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from statsmodels.stats.proportion import proportion_confint

from tasks.reporting import curve_pictures, look, pictures
from tasks.reporting.look import LABEL_CHARS_MAX, Picture, drawn_labels
from tests.tasks.reporting.results_builders import a_latency, circuit_results, degraded_results, some_curves

pytestmark = pytest.mark.filterwarnings("error")

CLASSES = ("benign", "malignant")
HOSTILE = {
    "script": "<script>alert(1)</script>",
    "attribute": '"><img src=x onerror=alert(1)>',
    "mathematics": r"$\frac{1}{0$",
    "comment-end": "--><script>",
    "new-line": "a\nb",
    "zero-byte": "a\x00b",
    "right-to-left": "\u202eabc",
    "no-glyph": "悪性",
    "lone-surrogate": "\ud800",
    "blank": " ",
    "very-long": "x" * 5000,
}


@pytest.fixture(scope="module")
def drawn() -> dict[str, Picture]:
    return pictures.draw(circuit_results(), CLASSES)


SAID = {
    "comparison": ("neural-only 0.991 (0.981-1.000)", "gradient boosting 0.947 (0.921-0.973)"),
    "difference": ("AUC -0.002 (-0.009 to +0.004)", "accuracy -0.009 (-0.035 to +0.018)"),
    "roc": ("hybrid 0.992", "logistic regression 0.994", "neural-only 95%"),
    "calibration": ("hybrid 0.030", "bins of 11 or more"),
    "confusion": ("110 of 114", "benign 70 of 72", "malignant 40 of 42"),
    "latency": ("neural 4.2 ms cold, 1.3 ms warm of 1 s", "quantum, noise 830 ms cold"),
}


@pytest.mark.parametrize("name", SAID)
def test_the_alternative_text_is_one_sentence_with_the_numbers(drawn, name):
    text = drawn[name].alt
    assert all(part in text for part in SAID[name])
    assert text.endswith(".")
    assert ". " not in text


def test_no_picture_is_without_a_case_above(drawn):
    assert list(drawn) == list(SAID)


@pytest.mark.parametrize("reason", ["budget", "simulator", "referee", "remote"])
def test_a_degraded_run_shows_nothing_hybrid(reason):
    drawn = pictures.draw(degraded_results(reason), CLASSES)
    assert "difference" not in drawn
    assert "hybrid" not in " ".join(picture.title + picture.alt for picture in drawn.values()).lower()
    assert "neural-only answer is right for 110 of 114" in drawn["confusion"].alt


def test_a_png_decodes_and_is_not_blank(drawn):
    for picture in drawn.values():
        image = Image.open(io.BytesIO(picture.png()))
        image.load()
        assert image.width == 686
        assert len(image.convert("RGB").getcolors(image.width * image.height)) > 50


def test_an_svg_refers_to_nothing_outside_itself(drawn):
    for picture in drawn.values():
        for element in ElementTree.fromstring(picture.svg()).iter():
            assert not element.tag.endswith(("}script", "}image", "}foreignObject"))
            links = [value for name, value in element.attrib.items() if name.endswith("href")]
            assert all(link.startswith("#") for link in links)


def test_saving_twice_and_drawing_twice_gives_the_same_bytes(drawn):
    again = pictures.draw(circuit_results(), CLASSES)
    for name, picture in drawn.items():
        assert picture.svg() == picture.svg() == again[name].svg()
        assert picture.png() == picture.png() == again[name].png()


IN_ANOTHER_PROCESS = """
import hashlib, sys
from tasks.reporting import pictures
from tests.tasks.reporting.results_builders import circuit_results
drawn = pictures.draw(circuit_results(), ("benign", "malignant"))
print(hashlib.sha256(b"".join(p.svg() + p.png() for p in drawn.values())).hexdigest())
print("matplotlib.pyplot" in sys.modules)
"""


def test_another_process_with_a_foreign_style_draws_the_same_bytes_without_pyplot(drawn, tmp_path):
    (tmp_path / "matplotlibrc").write_text("font.size: 30\ntext.usetex: True\naxes.facecolor: red\n")
    environment = {**os.environ, "MATPLOTLIBRC": str(tmp_path), "PYTHONHASHSEED": "17", "PYTHONPATH": "."}
    done = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
        cwd=Path(__file__).parents[3],
    )
    ours = hashlib.sha256(b"".join(picture.svg() + picture.png() for picture in drawn.values()))
    assert done.stdout.split() == [ours.hexdigest(), "False"]


def test_drawing_leaves_the_style_of_the_process_alone():
    before = dict(matplotlib.rcParams)
    pictures.draw(degraded_results(), CLASSES)["roc"].svg()
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("label", HOSTILE.values(), ids=HOSTILE)
def test_any_class_label_can_be_drawn(label):
    with look.styled():
        picture = curve_pictures.confusion(circuit_results(), (label, "benign"))
    ElementTree.fromstring(picture.svg())
    assert picture.png()


@pytest.mark.parametrize(
    "labels",
    [["a" * 90 + "b", "a" * 90 + "c"], [" ", "b"], ["b", "悪性"]],
    ids=["same-beginning", "blank", "no-glyph"],
)
def test_labels_that_cannot_be_told_apart_or_drawn_become_numbers(labels):
    assert drawn_labels(labels) == ["class 1", "class 2"]


@given(st.lists(st.text(min_size=1), min_size=2, max_size=10, unique=True))
def test_labels_in_a_picture_are_short_and_tell_classes_apart(labels):
    drawn = drawn_labels(labels)
    assert len(set(drawn)) == len(labels)
    assert max(map(len, drawn)) <= LABEL_CHARS_MAX


@pytest.mark.parametrize(
    ("n_chars", "cut"),
    [(LABEL_CHARS_MAX - 1, False), (LABEL_CHARS_MAX, False), (LABEL_CHARS_MAX + 1, True)],
    ids=["one-shorter", "just-fits", "one-too-long"],
)
def test_a_label_is_cut_only_where_it_does_not_fit(n_chars, cut):
    assert drawn_labels(["a" * n_chars, "b"])[0].endswith("…") is cut


@pytest.mark.parametrize("n_classes", [2, 3, 10])
def test_every_number_of_classes_that_can_be_learned_is_drawn(n_classes):
    curves = {model: some_curves(n_rows=(25,) * n_classes) for model in circuit_results().curves}
    results = circuit_results(curves=curves, n_test=25 * n_classes)
    drawn = pictures.draw(results, [f"class with a long name {k}" for k in range(n_classes)])
    assert f"right for {23 * n_classes} of {25 * n_classes} test rows" in drawn["confusion"].alt
    assert all(picture.svg() for picture in drawn.values())


def test_each_picture_knows_the_fewest_rows_behind_one_of_its_figures(drawn):
    fewest = {name: picture.n_rows_min for name, picture in drawn.items()}
    assert fewest == {
        "comparison": 114,
        "difference": 114,
        "roc": 42,
        "calibration": 11,
        "confusion": 2,
        "latency": 114,
    }


def test_an_operation_without_warm_batches_and_one_of_no_measurable_time_are_drawn():
    timed = a_latency("neural", "exact", 1.0, 0.0).model_copy(update={"warm_s": ()})
    drawn = pictures.draw(degraded_results(latencies=(timed,)), CLASSES)
    assert "neural 0 ms cold of 1 s" in drawn["latency"].alt


def test_results_read_back_from_sorted_json_are_drawn_in_the_same_order():
    results = circuit_results()
    again = type(results).model_validate_json(results.to_bytes())
    assert list(again.baselines) != list(results.baselines)
    assert (
        pictures.draw(again, CLASSES)["comparison"].alt == pictures.draw(results, CLASSES)["comparison"].alt
    )


@given(st.integers(1, 400), st.data())
def test_the_interval_of_a_share_is_wilsons(n_rows, data):
    n_right = data.draw(st.integers(0, n_rows))
    oracle = proportion_confint(n_right, n_rows, method="wilson")
    assert curve_pictures.wilson(n_right / n_rows, n_rows) == pytest.approx(oracle, abs=1e-6)


def test_no_two_models_share_a_colour_a_marker_or_a_line():
    looks = [*look.LOOKS.values(), look.OTHER]
    for part in ("colour", "marker", "line"):
        assert len({getattr(each, part) for each in looks}) == len(looks)
    assert all(re.fullmatch("#[0-9A-F]{6}", each.colour) for each in looks)


def test_results_without_curves_are_drawn_without_pictures_of_them():
    drawn = pictures.draw(circuit_results(curves={}), CLASSES)
    assert set(drawn) == {"comparison", "difference", "latency"}
