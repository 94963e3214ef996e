"""Learning-rate schedules: the rate that each of the first 100 steps (or epochs) uses."""
import warnings

import torch
from torch.optim import lr_scheduler as schedulers

STEPS = 100
BASE = 0.1


def warmup_then_cosine(optimizer):
    return schedulers.SequentialLR(optimizer, milestones=[10], schedulers=[
        schedulers.LinearLR(optimizer, start_factor=0.1, end_factor=1.0, total_iters=10),
        schedulers.CosineAnnealingLR(optimizer, T_max=90, eta_min=0.001)])


CASES = [
    ("step", {"step_size": 30, "gamma": 0.1}, lambda o: schedulers.StepLR(o, 30, 0.1)),
    ("multistep", {"milestones": [20, 50, 80], "gamma": 0.2}, lambda o: schedulers.MultiStepLR(o, [20, 50, 80], 0.2)),
    ("exponential", {"gamma": 0.97}, lambda o: schedulers.ExponentialLR(o, 0.97)),
    ("cosine", {"t_max": 100, "eta_min": 0.0}, lambda o: schedulers.CosineAnnealingLR(o, 100)),
    ("cosine", {"t_max": 80, "eta_min": 0.001}, lambda o: schedulers.CosineAnnealingLR(o, 80, 0.001)),
    ("polynomial", {"total_iters": 90, "power": 2.0}, lambda o: schedulers.PolynomialLR(o, 90, 2.0)),
    ("polynomial", {"total_iters": 100, "power": 0.9}, lambda o: schedulers.PolynomialLR(o, 100, 0.9)),
    ("one_cycle", {"max_lr": 0.1, "total_steps": 100, "pct_start": 0.3, "div_factor": 25.0, "final_div_factor": 1e4},
     lambda o: schedulers.OneCycleLR(o, 0.1, 100, pct_start=0.3, div_factor=25.0, final_div_factor=1e4, cycle_momentum=False)),
    ("linear_warmup_cosine", {"start_factor": 0.1, "warmup": 10, "t_max": 90, "eta_min": 0.001}, warmup_then_cosine),
]


def rates(build):
    """The closed form where PyTorch has one (its step-by-step form gathers rounding errors), else step by step."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=BASE)
    schedule = build(optimizer)
    values = []
    for step in range(STEPS):
        if hasattr(schedule, "_get_closed_form_lr"):
            schedule.last_epoch = step
            values.append(float(schedule._get_closed_form_lr()[0]))
        else:
            values.append(float(optimizer.param_groups[0]["lr"]))
            optimizer.step()
            if step < STEPS - 1:
                with warnings.catch_warnings():  # SequentialLR itself makes a call that PyTorch deprecates
                    warnings.simplefilter("ignore", UserWarning)
                    schedule.step()
    return values


def record():
    return {"torch": torch.__version__, "base_lr": BASE, "steps": STEPS, "cases": [
        {"name": f"{kind} {i}", "schedule": kind, "options": options, "rates": rates(build)}
        for i, (kind, options, build) in enumerate(CASES)]}
