r"""A trained network beside the prediction: does its last layer get there, and where does it not?

A small network (two hidden layers, then features, then the classifier) is trained on inputs whose label sets are
imbalanced or correlated: full batch, Adam, learning rate decaying to zero. The inputs of a label set scatter, so
collapse is something the network has to learn. Its last layer is measured (``geometry.measure``) at every mark and set
beside the global optimum of the feature model on the same labels. Inputs are of two kinds: *synthetic* ones, sums of a
random direction per label with noise, and *digits*, canvases on which one to three images of scikit-learn's bundled
handwritten digits are placed at random and added up. Settings differ in the loss and in what is penalised:

* *feature penalty*, without and with a bias: :math:`\frac{\lambda_W}2\|W\|_F^2+\frac{\lambda_H}2\frac1N\sum_i\|h_i\|^2`
  on top of the mean loss and nothing on other layers: the objective of the theory, with a network instead of free
  features. Nothing is fitted: the prediction is that of the true penalties, and its certified value is a lower bound on
  the objective that the network is trained on.
* *rectified features*: the same with a ReLU on the features. They cannot be negative, which the theory does not know.
* *weight decay*: on the weights of all layers, as networks are trained in practice. Features are penalised through the
  layers below only, so there is no true :math:`\lambda_H`: the prediction is that of the penalties estimated from the
  stationarity of classifier and prototypes, and what they leave unexplained says how much they mean.
* *smoothed*: targets with label smoothing; *decayed bias*: the bias is penalised like classifier and features, as by an
  optimiser that decays every parameter alike.
* *re-sampled*: samples are repeated until every label set has as many; *re-weighted*: the loss of a sample, not the
  penalty of its feature, is weighted by as much.

The run is deterministic: one thread, float64, deterministic algorithms, everything random from the seed. Another
version of PyTorch or another processor may round differently; six digits are kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, cycle, islice, pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from verify.experiments.base import Column, Data, Experiment, Row, Table
from verify.experiments.optima import longtailed
from verify.experiments.style import COLOURS, INK, panels
from verify.geometry.compare import gram_distance
from verify.geometry.measure import LastLayer, Measurement, Prediction, measure, predict
from verify.geometry.rules import SMOOTHED, rules_for
from verify.labels.draws import apportion
from verify.labels.errors import InputError
from verify.labels.masks import indicator, members
from verify.labels.readers import LabelRows
from verify.model.feature_model import BIAS_WORDS, AnyBias
from verify.model.losses import BCE, PAL_CE, Loss

if TYPE_CHECKING:
    from matplotlib.figure import Figure

K, RATIO, SAMPLES = 4, Fraction(20), 400
INPUTS, WIDTH, FEATURES = 10, 64, 16
"""Dimensions of the inputs, the hidden layers and the features; more features than labels, as the theory asks."""

NOISE = 0.3
"""Standard deviation of an input around the sum of its labels' directions, whose entries have 1."""

LEARNING_RATE, BIAS_RATE = 1e-2, 1e-1
"""The second for the bias of the classifier: little penalises it, and it has the longest way to go."""

MARKS = (0, 10, 30, 100, 300, 1000, 2000, 4000)
"""Epochs after which the last layer is measured; training ends with the last."""

MARKS_ON_DIGITS = (0, 30, 100, 300, 1000)

DIGITS = 6
"""Significant digits that are kept of a measured number."""

CANVAS, MOST_DIGITS, KINDS, CANVASES = 12, 3, 5, 400
"""Side of a canvas in pixels, images on it at most, kinds of digits, and canvases; a digit has 8 x 8 pixels."""

TAIL = Fraction(10)
"""How much more often the first digit is drawn than the last of a long-tailed distribution."""

Inputs = Literal["synthetic", "balanced", "long-tailed", "correlated"]
Weighing = Literal["", "re-sampled", "re-weighted"]


@dataclass(frozen=True)
class Setting:
    """What is trained.

    Attributes:
        name: in the table.
        lambda_W: penalty on the classifier; with ``decay`` on the weights of all layers.
        lambda_H: penalty on the features; 0 with ``decay``.
        bias: of the classifier: none, free, or its penalty.
        rectified: whether the features pass a ReLU.
        loss: PAL-CE or BCE, labels smoothed or not.
        data: how labels are distributed; all but ``"synthetic"`` on canvases of digits.
        weighing: how label sets are given the same weight, if they are.
    """

    name: str
    lambda_W: Fraction
    lambda_H: Fraction
    bias: AnyBias
    rectified: bool = False
    loss: Loss = PAL_CE
    data: Inputs = "synthetic"
    weighing: Weighing = ""

    @property
    def decay(self) -> bool:
        """Whether all layers' weights are penalised instead of the features."""
        return self.lambda_H == 0

    @property
    def lam(self) -> Fraction:
        """The penalty of the feature model; 0 where nothing penalises the features themselves."""
        return self.lambda_W * self.lambda_H


_PENALTY = Fraction(1, 100)
SETTINGS = (
    Setting("feature penalty", _PENALTY, _PENALTY, bias="zero"),
    Setting("feature penalty, free bias", _PENALTY, _PENALTY, bias="free"),
    Setting("rectified features, free bias", _PENALTY, _PENALTY, bias="free", rectified=True),
    Setting("weight decay, free bias", Fraction(3, 1000), Fraction(0), bias="free"),
)


SMOOTHING = Fraction(1, 10)
"""Of labels, where they are smoothed."""

DATA: tuple[Inputs, ...] = ("balanced", "long-tailed", "correlated")
DECAYING: tuple[AnyBias, ...] = ("zero", "free", _PENALTY)
"""No bias, a free one, and one that decays like everything else."""


def bias_words(bias: AnyBias) -> str:
    """In a word: none, free, or decayed."""
    return "decayed" if isinstance(bias, Fraction) else BIAS_WORDS[bias]


def _on_digits(loss: Loss, bias: AnyBias, data: Inputs, weighing: Weighing = "", decay: bool = False) -> Setting:
    name = ", ".join((
        loss.title + (" smoothed" if loss.smoothing else ""),
        data,
        f"{'no' if bias == 'zero' else bias_words(bias)} bias",
        *([weighing] if weighing else []),
        *(["weight decay"] if decay else []),
    ))  # fmt: skip
    penalties = (Fraction(1, 1000), Fraction(0)) if decay else (_PENALTY, _PENALTY)
    return Setting(name, *penalties, bias, loss=loss, data=data, weighing=weighing)


ON_DIGITS = (
    *(_on_digits(loss, bias, data) for data in DATA for loss in (PAL_CE, BCE) for bias in DECAYING[:2]),
    *(_on_digits(loss, "free", "long-tailed", decay=True) for loss in (PAL_CE, BCE)),
    *(_on_digits(loss, "zero", "long-tailed", how) for loss in (PAL_CE, BCE) for how in ("re-sampled", "re-weighted")),
    *(_on_digits(BCE, _PENALTY, data) for data in DATA),
    *(_on_digits(BCE.smoothed(SMOOTHING), bias, data) for data in DATA for bias in DECAYING),
    _on_digits(PAL_CE, _PENALTY, "long-tailed"),
    *(_on_digits(PAL_CE.smoothed(SMOOTHING), bias, "long-tailed") for bias in DECAYING),
)
"""What is trained on digits, for ``notes/networks_on_digits.md``."""

COLUMNS = (
    Column("setting", "", "what is trained: see the words"),
    Column("epoch", "", "full-batch steps taken"),
    Column("objective", "nats", "what is trained: mean loss plus penalties"),
    Column("above", "nats", "objective less the certified lower bound on min F; none with weight decay"),
    Column("variability", "", "scatter of features within label sets over that between them (NC1)"),
    Column("lambda", "", "at which the prediction is made: the true one; with weight decay, estimated"),
    Column("lambda_W", "", "estimated from stationarity"),
    Column("lambda_H", "", "estimated from stationarity"),
    Column("unexplained_W", "", "share of the pull on the classifier that the penalties leave unexplained"),
    Column("unexplained_H", "", "share of the pull on the prototypes that they leave unexplained"),
    Column("prototypes", "", "distance of H H^T to the prediction in shape: 1 - cosine, centered"),
    Column("classifier", "", "distance of W W^T to the prediction in shape"),
    Column("logits", "", "distance of H W^T to the prediction in shape"),
    Column("classifier_etf", "", "distance of W W^T to that of balanced data, a simplex ETF, in shape"),
    Column("predicted_etf", "", "the same for the prediction"),
    Column(
        "anisotropy", "", "distance of R/lambda to P over the norm of P; 0 is predicted where no contrast collapses"
    ),
    Column("plain", "", "mean deviation of prototypes from the plain sum of their labels' prototypes (W2, W4)"),
    Column("predicted_plain", "", "the same for the prediction"),
    Column("uniform", "", "mean deviation of prototypes from the uniformly corrected sum (B3)"),
    Column("predicted_uniform", "", "the same for the prediction"),
    Column("smoothed", "", "mean deviation of prototypes from the sum scaled by the smoothing (Y2, Y2a)"),
    Column("predicted_smoothed", "", "the same for the prediction"),
    Column("other", "", "distance of H H^T to the prediction before re-sampling; of re-weighted ones, after it"),
    Column("scaled", "", "mean deviation of prototypes from the best scaled average of their labels' prototypes"),
    Column("predicted_scaled", "", "the same for the prediction"),
    Column("weighted", "", "mean deviation of prototypes from the class-frequency-weighted sum (W2, W3)"),
    Column("predicted_weighted", "", "the same for the prediction"),
    Column("common", "", "share of what all prototypes have in common in their energy"),
    Column("predicted_common", "", "the same for the prediction"),
    Column("note", "", "why nothing was trained or compared"),
)

Part = tuple[Setting, int]


def parts(seed: int, _: Data) -> list[Part]:
    """A setting and the seed. The user's data has labels and no inputs, so it takes no part."""
    return [(setting, seed) for setting in SETTINGS]


# ---------------------------------------------------------------------- training


@dataclass(frozen=True)
class Snapshot:
    """The last layer during training: objective in nats, features ``(N, d)``, classifier ``(K, d)``, bias ``(K,)``."""

    epoch: int
    objective: float
    H: Any
    W: Any
    b: Any


def samples(data: Inputs = "synthetic") -> LabelRows:
    """The label sets of the samples; of the synthetic ones half single labels, half pairs, in long-tailed numbers."""
    if data == "synthetic":
        pi = longtailed(K, RATIO)
        shares, masks, labels, total = [p for _, p in pi.items()], pi.masks, pi.labels, SAMPLES
    else:
        weight = _weights(data)
        labels, total = tuple(map(str, range(KINDS))), CANVASES
        masks, shares = tuple(weight), [w / sum(weight.values()) for w in weight.values()]
    counts = apportion(shares, total)
    each = zip(masks, counts, strict=True)
    return LabelRows(labels, tuple(mask for mask, count in each for _ in range(max(2, count))))


def _weights(data: Inputs) -> dict[int, Fraction]:
    """Every size is as likely; within it label sets are equally likely, likelier for likelier labels, or neighbours."""
    weight: dict[int, Fraction] = {}
    for m in range(1, MOST_DIGITS + 1):
        sets = [sum(1 << k for k in chosen) for chosen in combinations(range(KINDS), m)]
        if data == "correlated":
            sets = [sum(1 << (k + i) % KINDS for i in range(m)) for k in range(KINDS)]
        ranks = {S: sum(members(S)) for S in sets}
        each = {S: TAIL ** -Fraction(ranks[S], KINDS - 1) if data == "long-tailed" else 1.0 for S in sets}
        total = sum(each.values())
        weight |= {S: Fraction(w / total) for S, w in each.items()}
    return weight


def _inputs(setting: Setting, masks: Sequence[int], random: Any, seed: int) -> Any:
    """A row per sample, float64.

    Raises:
        InputError: scikit-learn, which has the digits, is not installed.
    """
    import torch  # noqa: PLC0415 - an extra

    if setting.data == "synthetic":
        y = torch.tensor([indicator(mask, K) for mask in masks], dtype=torch.float64)
        directions = torch.randn(K, INPUTS, generator=random, dtype=torch.float64)
        return y @ directions + NOISE * torch.randn(len(masks), INPUTS, generator=random, dtype=torch.float64)
    try:
        from sklearn.datasets import load_digits  # noqa: PLC0415 - an extra
    except ImportError:
        raise InputError("scikit-learn is not installed: pip install 'mlnc[nn]'") from None
    bundled, draw = load_digits(), np.random.default_rng(seed)
    canvases = np.zeros((len(masks), CANVAS, CANVAS))
    for canvas, mask in zip(canvases, masks, strict=True):
        for k in members(mask):
            image = draw.choice(bundled.images[bundled.target == k]) / 16
            row, column = draw.integers(0, CANVAS - 7, size=2)
            canvas[row : row + 8, column : column + 8] += image
    return torch.tensor(canvases.reshape(len(masks), -1))


def resampled(masks: Sequence[int]) -> list[int]:
    """Positions of samples, each label set's repeated in turn until all have as many.

    Example:
        >>> resampled([1, 2, 1, 1])
        [0, 2, 3, 1, 1, 1]
    """
    where: dict[int, list[int]] = {}
    for i, mask in enumerate(masks):
        where.setdefault(mask, []).append(i)
    most = max(map(len, where.values()))
    return [i for at in where.values() for i in islice(cycle(at), most)]


def trained(setting: Setting, seed: int, marks: Sequence[int] = MARKS) -> Iterator[Snapshot]:
    """Train a network and hand over its last layer at the marked epochs, ascending.

    Raises:
        InputError: PyTorch is not installed.
    """
    try:
        import torch  # noqa: PLC0415 - an extra
    except ImportError:
        raise InputError("PyTorch is not installed: pip install 'mlnc[nn]'") from None

    with _deterministic(torch):
        random = torch.Generator().manual_seed(seed)
        masks = samples(setting.data).masks
        x = _inputs(setting, masks, random, seed)
        if setting.weighing == "re-sampled":
            drawn = resampled(masks)
            masks, x = tuple(masks[i] for i in drawn), x[drawn]
        labels = len(samples(setting.data).labels)
        rows = [indicator(mask, labels) for mask in masks]
        m = torch.tensor([sum(row) for row in rows], dtype=torch.float64)
        t = torch.tensor(setting.loss.targets_of(rows).t)
        body, head = _network(torch, setting, random, x.shape[1], labels)
        groups: list[dict[str, Any]] = [{"params": [*body.parameters(), head.weight]}]
        if head.bias is not None:
            groups.append({"params": [head.bias], "lr": BIAS_RATE})
        optimizer = torch.optim.Adam(groups, lr=LEARNING_RATE)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max(1, *marks))
        weights = [layer.weight for layer in (*body, head) if hasattr(layer, "weight")]
        times, w = Counter(masks), torch.ones(len(masks), dtype=torch.float64)
        if setting.weighing == "re-weighted":
            w = torch.tensor([len(masks) / len(times) / times[mask] for mask in masks], dtype=torch.float64)

        for epoch in range(max(marks) + 1):
            h = body(x)
            z = head(h)
            level = m * torch.logsumexp(z, 1) if setting.loss.centered else torch.nn.functional.softplus(z).sum(1)
            loss = (w * (level - (t * z).sum(1))).mean()
            penalised = weights if setting.decay else [head.weight]
            loss = loss + float(setting.lambda_W) / 2 * sum((w**2).sum() for w in penalised)
            loss = loss + float(setting.lambda_H) / 2 * (h**2).sum(1).mean()
            if isinstance(setting.bias, Fraction):
                loss = loss + float(setting.bias) / 2 * (head.bias**2).sum()
            if epoch in marks:
                b = np.zeros(labels) if head.bias is None else head.bias.detach().numpy().copy()
                yield Snapshot(epoch, loss.item(), h.detach().numpy().copy(), head.weight.detach().numpy().copy(), b)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()


def _network(torch: Any, setting: Setting, random: Any, inputs: int, labels: int) -> tuple[Any, Any]:
    """The layers up to the features, and the classifier; He initialisation, biases zero."""
    sizes = (inputs, WIDTH, WIDTH, FEATURES)
    layers: list[Any] = []
    for before, after in pairwise(sizes):
        layers += [torch.nn.Linear(before, after, dtype=torch.float64), torch.nn.ReLU()]
    head = torch.nn.Linear(FEATURES, labels, bias=setting.bias != "zero", dtype=torch.float64)
    for layer in (*layers[::2], head):
        torch.nn.init.kaiming_normal_(layer.weight, generator=random)
        if layer.bias is not None:
            torch.nn.init.zeros_(layer.bias)
    return torch.nn.Sequential(*(layers if setting.rectified else layers[:-1])), head


@contextmanager
def _deterministic(torch: Any) -> Iterator[None]:
    """One thread and deterministic algorithms, and afterwards what was there before."""
    threads, algorithms = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(algorithms)


# ---------------------------------------------------------------------- measuring


def run(part: Part) -> list[Row]:
    """Train one setting and measure it at all marks."""
    setting, seed = part
    marks = MARKS if setting.data == "synthetic" else MARKS_ON_DIGITS
    rows = given = samples(setting.data)
    if setting.weighing == "re-sampled":
        rows = LabelRows(rows.labels, tuple(rows.masks[i] for i in resampled(rows.masks)))
    try:
        other = _other(setting, given)
        return [_row(setting, rows, snapshot, other) for snapshot in trained(setting, seed, marks)]
    except InputError as reason:
        return [_filled({"setting": setting.name, "note": str(reason)})]


def _other(setting: Setting, rows: LabelRows) -> Prediction | None:
    """The optimum without re-sampling, or of what is re-weighted with re-sampling."""
    if not setting.weighing:
        return None
    if setting.weighing == "re-weighted":
        rows = LabelRows(rows.labels, tuple(rows.masks[i] for i in resampled(rows.masks)))
    return predict(rows.distribution, setting.loss, setting.lam, setting.bias)


def _row(setting: Setting, rows: LabelRows, at: Snapshot, other: Prediction | None) -> Row:
    head = {"setting": setting.name, "epoch": at.epoch, "objective": at.objective}
    layer = LastLayer.of(rows, setting.loss, at.H, at.W, None if setting.bias == "zero" else at.b)
    true = None if setting.decay else (setting.lam, setting.lambda_H)
    try:
        estimated = measure(layer, bias=setting.bias)
    except InputError:  # early in training the loss may still push W and H apart
        estimated = None
    found = estimated if true is None else measure(layer, *true, setting.bias)
    if found is None:
        note = "no positive penalty makes W and H stationary"
        return _filled({**head, "variability": layer.variability.overall, "note": note})
    bounded = true is not None and setting.weighing != "re-weighted"
    cells = {**head, **_measured(found, estimated), "above": _above(found, at) if bounded else None}
    if other is not None:
        cells["other"] = gram_distance(layer.prototypes, other.H, layer.pi.probabilities).shape
    return _filled(cells)


def _above(found: Measurement, at: Snapshot) -> float:
    """The optimum is at most its value, and at least that less the certified gap."""
    return at.objective - (found.prediction.solution.value - found.prediction.gap)


def _measured(found: Measurement, estimated: Measurement | None) -> dict[str, Any]:
    layer, prediction, share = found.layer, found.prediction, found.layer.pi.probabilities
    labels = layer.pi.K
    even = np.full(labels, 1 / labels)
    rules = {
        f"{whose}{name}": side.mean(name, share)
        for name in rules_for(layer.loss, SMOOTHED)
        for whose, side in (("", found.measured), ("predicted_", found.predicted))
    }
    common, predicted_common = found.common_share
    return {
        "variability": layer.variability.overall,
        "lambda": float(found.penalties.lam),
        "lambda_W": None if estimated is None else estimated.penalties.lambda_W,
        "lambda_H": None if estimated is None else estimated.penalties.lambda_H,
        "unexplained_W": found.penalties.unexplained_W,
        "unexplained_H": found.penalties.unexplained_H,
        "prototypes": found.prototypes.shape,
        "classifier": None if found.classifier is None else found.classifier.shape,
        "logits": None if found.logits is None else found.logits.shape,
        "classifier_etf": gram_distance(layer.classifier, np.eye(labels), even).shape,
        "predicted_etf": gram_distance(prediction.W, np.eye(labels), even).shape,
        "anisotropy": found.anisotropy,
        **rules,
        "common": common,
        "predicted_common": predicted_common,
        "note": "",
    }


def _filled(cells: dict[str, Any]) -> Row:
    return {column.name: _kept(cells.get(column.name)) for column in COLUMNS}


def _kept(cell: Any) -> Any:
    return float(f"{cell:.{DIGITS}g}") if isinstance(cell, float) else cell


# ---------------------------------------------------------------------- what is shown


def draw(table: Table) -> Figure:
    """Left: distance of the prototypes to the prediction. Right: the two rules under the feature penalty, free bias."""
    figure, (left, right) = panels(2, 3.6)
    for setting, colour, style in zip(SETTINGS, (INK, *COLOURS), ("-", "--", "-.", ":"), strict=False):
        left.plot(*_curve(table, setting.name, "prototypes"), color=colour, ls=style, marker=".", label=setting.name)
    left.set_yscale("log")
    left.set_title("distance of the prototypes to\nthe prediction (1 - cosine)", fontsize=10)
    name = SETTINGS[1].name
    for rule, what, colour in (
        ("scaled", "scaled average", COLOURS[0]),
        ("weighted", "frequency-weighted", COLOURS[1]),
    ):
        right.plot(*_curve(table, name, rule), color=colour, marker=".", label=f"{what}: network")
        right.plot(*_curve(table, name, f"predicted_{rule}"), color=colour, ls="--", lw=1, label=f"{what}: prediction")
    right.set_ylim(0, None)
    right.set_title("deviation of prototypes from a rule\n(feature penalty, free bias)", fontsize=10)
    for panel in (left, right):
        panel.set_xscale("symlog", linthresh=10)
        panel.set_xlim(0, None)
        panel.set_xlabel("epoch")
        panel.legend(frameon=False, fontsize=7)
    return figure


def _curve(table: Table, setting: str, name: str) -> tuple[list[int], list[float]]:
    known = [row for row in table.where(setting=setting).rows if row[name] is not None]
    return [row["epoch"] for row in known], [row[name] for row in known]


def words(table: Table) -> str:
    """Where each setting ended, beside what was predicted."""
    last = {name: table.where(setting=name).rows[-1] for name in table.distinct("setting")}
    if any(row["epoch"] is None for row in last.values()):
        return f"Nothing was trained: {table.rows[0]['note']}."
    return " ".join(_said(name, row) for name, row in last.items())


def _said(name: str, row: Row) -> str:
    if row["note"]:
        return f"{name.capitalize()}: {row['note']}."
    ended = f"after {row['epoch']} epochs"
    if row["above"] is None:
        ended += f", the estimated penalties leaving {row['unexplained_H']:.0%} of the pull on features unexplained"
    else:
        ended += f" and {row['above']:.1e} nats above the certified minimum"
    return (
        f"{name.capitalize()}, {ended}: in shape the prototypes are {row['prototypes']:.1e} and the classifier "
        f"{row['classifier']:.1e} from the prediction (the classifier from an ETF: {row['classifier_etf']:.1e}); "
        f"prototypes deviate from scaled averages by {row['scaled']:.3f} (predicted {row['predicted_scaled']:.3f}) and "
        f"from the frequency-weighted rule by {row['weighted']:.3f} (predicted {row['predicted_weighted']:.3f})."
    )


EXPERIMENT = Experiment(
    name="trained_network",
    title="A trained network beside the prediction",
    question="Does the last layer of a network that is trained end where the theory says, and when does it not?",
    claims=("U1", "U2", "U8", "O1", "W2", "W3"),
    columns=COLUMNS,
    parts=parts,
    run=run,
    draw=draw,
    words=words,
)
