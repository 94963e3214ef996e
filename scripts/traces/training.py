"""Training traces: five steps of SGD on three networks, from initial weights that a formula gives."""
import math

import torch
import torch.nn.functional as F
from torch import nn

from traces.formula import float32_exact, uniform
from traces.record import tensor

STEPS = 5
INPUT_STREAM = 1000
OPTIMIZER = {"lr": 0.05, "momentum": 0.9, "weight_decay": 5e-4}


class Named(nn.Sequential):
    """A sequence whose layers are given as keyword arguments, so that parameters get readable names."""

    def __init__(self, **layers):
        super().__init__()
        for name, layer in layers.items():
            self.add_module(name, layer)


class Block(nn.Module):
    """The basic residual block; a 1x1 convolution with batch norm is the shortcut where the shape changes."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != outputs:
            self.shortcut = Named(conv=nn.Conv2d(inputs, outputs, 1, stride, bias=False), bn=nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


def lenet5():
    return Named(
        conv1=nn.Conv2d(1, 6, 5, padding=2), relu1=nn.ReLU(), pool1=nn.MaxPool2d(2),
        conv2=nn.Conv2d(6, 16, 5), relu2=nn.ReLU(), pool2=nn.MaxPool2d(2), flatten=nn.Flatten(),
        fc1=nn.Linear(400, 120), relu3=nn.ReLU(), fc2=nn.Linear(120, 84), relu4=nn.ReLU(), fc3=nn.Linear(84, 10))


def resnet20():
    layers = {"conv1": nn.Conv2d(3, 16, 3, padding=1, bias=False), "bn1": nn.BatchNorm2d(16), "relu1": nn.ReLU()}
    inputs = 16
    for stage, outputs in enumerate((16, 32, 64), 1):
        for index in range(1, 4):
            layers[f"stage{stage}_block{index}"] = Block(inputs, outputs, 2 if stage > 1 and index == 1 else 1)
            inputs = outputs
    return Named(**layers, pool=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(), fc=nn.Linear(64, 10))


def normnet():
    return Named(
        conv1=nn.Conv2d(3, 8, 3, padding=1, bias=False), batch_norm=nn.BatchNorm2d(8), relu1=nn.ReLU(),
        conv2=nn.Conv2d(8, 8, 3, padding=1), layer_norm=nn.LayerNorm([8, 12, 12]), silu1=nn.SiLU(), pool1=nn.AvgPool2d(2),
        conv3=nn.Conv2d(8, 12, 3, padding=1, bias=False), instance_norm=nn.InstanceNorm2d(12, affine=True), relu2=nn.ReLU(),
        conv4=nn.Conv2d(12, 16, 3, stride=2, padding=1), group_norm=nn.GroupNorm(4, 16), silu2=nn.SiLU(),
        pool2=nn.AvgPool2d(3), flatten=nn.Flatten(), fc=nn.Linear(16, 5))


NETWORKS = {  # builder, batch, input shape, classes, parameters that the literature or a count by hand gives
    "lenet5": (lenet5, 8, (1, 28, 28), 10, 61706),
    "resnet20": (resnet20, 4, (3, 32, 32), 10, 272474),
    "normnet": (normnet, 8, (3, 12, 12), 5, 5869),
}


def initialize(net):
    """Fills the parameters from the formula; returns their descriptions in network order."""
    owners = {id(p): m for m in net.modules() for p in m.parameters(recurse=False)}
    parameters = []
    for index, (name, p) in enumerate(net.named_parameters()):
        u = uniform(index, p.numel())
        entry = {"name": name, "shape": list(p.shape), "stream": index}
        if isinstance(owners[id(p)], (nn.Conv2d, nn.Linear)) and p.dim() > 1:
            entry.update(kind="weight", fan_in=p[0].numel())
            values = math.sqrt(6.0 / entry["fan_in"]) * u
        elif name.endswith("weight"):
            entry.update(kind="scale")
            values = 1.0 + 0.25 * u
        else:
            entry.update(kind="bias")
            values = 0.1 * u
        with torch.no_grad():
            p.copy_(float32_exact(values, p.shape))
        entry.update(initial=norm_and_sum(p))
        parameters.append(entry)
    return parameters


def norm_and_sum(t):
    return {"norm": t.detach().double().norm().item(), "sum": t.detach().double().sum().item()}


def batches(batch, shape, classes, dtype):
    size = batch * math.prod(shape)
    for step in range(STEPS):
        x = float32_exact(uniform(INPUT_STREAM, size, step * size), (batch, *shape)).to(dtype)
        yield x, torch.tensor([n * 31 % classes for n in range(step * batch, (step + 1) * batch)])


def train(net, batch, shape, classes, dtype, at_first_step):
    """Runs the steps; returns the loss and the norm of all gradients together (without weight decay) of each."""
    optimizer = torch.optim.SGD(net.parameters(), **OPTIMIZER)
    losses, gradient_norms = [], []
    net.train()
    for step, (x, labels) in enumerate(batches(batch, shape, classes, dtype)):
        optimizer.zero_grad()
        logits = net(x)
        loss = F.cross_entropy(logits, labels)
        loss.backward()
        losses.append(loss.item())
        gradient_norms.append(math.sqrt(sum(p.grad.double().square().sum().item() for p in net.parameters())))
        if step == 0:
            at_first_step(logits)
        optimizer.step()
    return losses, gradient_norms


def record(name):
    builder, batch, shape, classes, expected = NETWORKS[name]
    single = builder()
    initialize(single)
    single_losses, single_norms = train(single, batch, shape, classes, torch.float32, lambda logits: None)

    net = builder().double()
    parameters = initialize(net)
    count = sum(p.numel() for p in net.parameters())
    if count != expected:
        raise ValueError(f"{name} has {count} parameters, expected {expected}")
    fixture = {
        "torch": torch.__version__, "network": name, "precision": "float64", "batch": batch, "input_shape": list(shape),
        "classes": classes, "steps": STEPS, "parameter_count": count, "input_stream": INPUT_STREAM,
        "input_first": uniform(INPUT_STREAM, 4).tolist(),
        "optimizer": {"name": "sgd", **OPTIMIZER, "dampening": 0.0, "nesterov": False},
    }

    def at_first_step(logits):
        fixture["first_logits"] = tensor(logits)
        for entry, p in zip(parameters, net.parameters()):
            entry["first_gradient"] = norm_and_sum(p.grad)

    losses, norms = train(net, batch, shape, classes, torch.float64, at_first_step)
    fixture.update(loss=losses, gradient_norm=norms, loss_float32=single_losses, gradient_norm_float32=single_norms)
    for entry, p in zip(parameters, net.parameters()):
        entry["final"] = norm_and_sum(p)
    fixture["parameters"] = parameters
    statistics = [(n, b) for n, b in net.named_buffers() if not n.endswith("num_batches_tracked")]
    if statistics:
        fixture["running_statistics"] = [{"name": n, "shape": list(b.shape), **norm_and_sum(b)} for n, b in statistics]
    net.eval()
    with torch.no_grad():
        first, _ = next(batches(batch, shape, classes, torch.float64))
        fixture["evaluation_logits"] = tensor(net(first))
    return fixture
