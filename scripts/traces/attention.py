"""Class activation maps and saliency of a small network: Grad-CAM as in Selvaraju and others (2017), Grad-CAM++ as in the paper of
Chattopadhay and others (2018), with its alphas written out."""
import torch
import torch.nn.functional as F

from traces.formula import grid
from traces.record import tensor


def record():
    weights = {
        "conv1.weight": grid(1, 4, 2, 3, 3), "conv1.bias": grid(2, 4),
        "conv2.weight": grid(3, 5, 4, 3, 3), "conv2.bias": grid(4, 5),
        "fc.weight": grid(5, 3, 5), "fc.bias": grid(6, 3),
    }
    x = grid(7, 1, 2, 9, 8).requires_grad_(True)
    w = weights
    a = F.relu(F.conv2d(F.relu(F.conv2d(x, w["conv1.weight"], w["conv1.bias"], padding=1)), w["conv2.weight"], w["conv2.bias"], stride=2))
    a.retain_grad()
    scores = a.mean(dim=(2, 3)) @ w["fc.weight"].t() + w["fc.bias"]
    cases = []
    for target in range(3):
        x.grad = a.grad = None
        scores[0, target].backward(retain_graph=True)
        g = a.grad
        cam = F.relu((g.mean(dim=(2, 3), keepdim=True) * a).sum(dim=1))
        below = 2 * g ** 2 + a.sum(dim=(2, 3), keepdim=True) * g ** 3
        alpha = torch.where(g != 0, g ** 2 / torch.where(below != 0, below, torch.ones_like(below)), torch.zeros_like(g))
        plus = F.relu(((alpha * F.relu(g)).sum(dim=(2, 3), keepdim=True) * a).sum(dim=1))
        cases.append({"target": target, "score": scores[0, target].item(), "cam": tensor(cam), "cam_plus_plus": tensor(plus),
                      "saliency": tensor(x.grad)})
    return {"torch": torch.__version__, "precision": "float64", "x": tensor(x),
            "weights": {name: tensor(value) for name, value in weights.items()}, "cases": cases}
