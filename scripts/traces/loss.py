"""Losses: cross-entropy in its variants, mean squared and absolute error, Huber, binary cross-entropy of logits."""
import torch
import torch.nn.functional as F

from traces.formula import grid
from traces.record import case, family

REDUCTIONS = ("mean", "sum", "none")


def labels(count, classes, ignored=()):
    """Class i * 31 % classes for element i; -100 (the index that PyTorch ignores) where `ignored` says so."""
    return torch.tensor([-100 if i in ignored else i * 31 % classes for i in range(count)])


def distributions(*shape):
    """Positive numbers that sum to 1 over axis 1."""
    p = grid(7, *shape).abs() + 0.125
    return p / p.sum(1, keepdim=True)


def cross_entropy(name, x, target, **options):
    attributes = {"reduction": "mean", "label_smoothing": 0.0, "ignore_index": -100, **options}
    weight = attributes.pop("class_weight", None)
    attributes["target"] = "probabilities" if target.is_floating_point() else "classes"
    constants = {"target": target} if weight is None else {"target": target, "class_weight": weight}
    return case(f"cross entropy {name}", "cross_entropy", attributes, {"x": x}, lambda x, target, class_weight=None:
                F.cross_entropy(x, target, class_weight, ignore_index=-100, reduction=attributes["reduction"],
                                label_smoothing=attributes["label_smoothing"]), constants)


def cross_entropy_cases():
    x, target, some = grid(1, 6, 5, step=1 / 64), labels(6, 5), labels(6, 5, ignored=(1, 4))
    weight = grid(8, 5).abs() + 0.25
    for reduction in REDUCTIONS:
        yield cross_entropy(reduction, x, target, reduction=reduction)
        yield cross_entropy(f"smoothing {reduction}", x, target, reduction=reduction, label_smoothing=0.1)
        yield cross_entropy(f"ignored {reduction}", x, some, reduction=reduction)
        yield cross_entropy(f"probabilities {reduction}", x, distributions(6, 5), reduction=reduction)
    yield cross_entropy("ignored smoothing", x, some, label_smoothing=0.2)
    yield cross_entropy("probabilities smoothing", x, distributions(6, 5), label_smoothing=0.2)
    yield cross_entropy("class weights", x, target, class_weight=weight)
    yield cross_entropy("class weights ignored", x, some, class_weight=weight)
    yield cross_entropy("class weights smoothing", x, target, class_weight=weight, label_smoothing=0.1)
    yield cross_entropy("large logits", grid(1, 6, 5, step=8.0), target)
    yield cross_entropy("one sample", grid(1, 1, 7), labels(1, 7))
    yield cross_entropy("two classes", grid(1, 4, 2), labels(4, 2))
    spatial = grid(1, 2, 3, 2, 3)
    yield cross_entropy("per place", spatial, labels(12, 3).reshape(2, 2, 3))
    yield cross_entropy("per place ignored", spatial, labels(12, 3, ignored=(0, 7)).reshape(2, 2, 3))


def elementwise_cases():
    x, target = grid(1, 4, 3), grid(9, 4, 3)
    for reduction in REDUCTIONS:
        both = {"x": x, "target": target}
        for op, function in (("mse", F.mse_loss), ("l1", F.l1_loss)):
            yield case(f"{op} {reduction}", op, {"reduction": reduction}, both, lambda x, target:
                       function(x, target, reduction=reduction))
        yield case(f"huber {reduction}", "huber", {"reduction": reduction, "delta": 0.75}, both, lambda x, target:
                   F.huber_loss(x, target, reduction=reduction, delta=0.75))
        probability = {"target": (target + 2.0) / 4}
        for step, extent in ((1 / 64, ""), (1.0, " large logits")):
            logits = {"x": grid(1, 4, 3, step=step)}
            yield case(f"bce with logits {reduction}{extent}", "bce_with_logits", {"reduction": reduction}, logits, lambda x, target:
                       F.binary_cross_entropy_with_logits(x, target, reduction=reduction), probability)
        weighted = {**probability, "positive_weight": grid(8, 3).abs() + 0.5}
        yield case(f"bce with logits positive weight {reduction}", "bce_with_logits", {"reduction": reduction}, {"x": x},
                   lambda x, target, positive_weight:
                   F.binary_cross_entropy_with_logits(x, target, pos_weight=positive_weight, reduction=reduction), weighted)


def record():
    return family([*cross_entropy_cases(), *elementwise_cases()])
