"""How long do the trainings of the paper's figure take, beside torch? Run it: `python benchmarks/paper_figure.py`."""

import argparse
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "simulations"))

import paper_figure as figure

RATE, NOISE = 1e-3, 0.5


def ours(loss: str, steps: int, seed: int) -> None:
    """One network 100 → 64 → 10 by simsuff, on new views of 500 samples at each step."""
    figure.trained(loss, NOISE, "fresh", steps, np.random.default_rng(seed))


def torch_training(loss: str, steps: int, seed: int) -> None:
    """The same in eager torch with torch.optim.Adam."""
    import torch

    torch.manual_seed(seed)
    x = torch.randn(figure.SAMPLES, figure.INPUTS)
    layers = (torch.nn.Linear(figure.INPUTS, figure.HIDDEN), torch.nn.ReLU())
    network = torch.nn.Sequential(*layers, torch.nn.Linear(figure.HIDDEN, figure.SIGNAL))
    optimiser = torch.optim.Adam(network.parameters(), lr=RATE)
    targets, others = torch.arange(figure.BATCH), ~torch.eye(figure.BATCH, dtype=torch.bool)

    def view(rows: torch.Tensor) -> torch.Tensor:
        z = torch.randn_like(rows)
        z[:, : figure.SIGNAL] = rows[:, : figure.SIGNAL] + NOISE * z[:, : figure.SIGNAL]
        return z

    def one_sided(scores: torch.Tensor) -> torch.Tensor:
        rest = scores[others].reshape(figure.BATCH, -1)
        return (rest.mean(dim=1) + rest.var(dim=1) / 2 - scores.diagonal()).mean()

    for _ in range(steps):
        rows = x[torch.randperm(figure.SAMPLES)[: figure.BATCH]]
        scores = network(view(rows)) @ network(view(rows)).T
        if loss == "infonce":
            sides = [torch.nn.functional.cross_entropy(s, targets) for s in (scores, scores.T)]
        else:
            sides = [one_sided(s) for s in (scores, scores.T)]
        optimiser.zero_grad(set_to_none=True)
        (sum(sides) / 2).backward()
        optimiser.step()


def main() -> int:
    """Time both in turns, and print the medians as Markdown."""
    parser = argparse.ArgumentParser(description="Time the trainings of the paper's figure, beside torch.")
    parser.add_argument(
        "--runs", type=int, default=3, help="turns for each loss (default: 3; the figure has 10)"
    )
    parser.add_argument(
        "--steps", type=int, default=figure.STEPS, help="steps of a training (default: the paper's)"
    )
    options = parser.parse_args()
    contenders = {"simsuff": ours}
    try:
        import torch
    except ImportError:
        print("torch is not installed: make bench PEERS=1 installs it", file=sys.stderr)
    else:
        contenders["torch"] = torch_training
        torch.set_num_threads(1)  # studies run one task on each processor
    print("| loss | " + " | ".join(f"{name} (s)" for name in contenders) + " |")
    print("| --- |" + " --- |" * len(contenders))
    for loss in figure.TRAINED.values():
        for train in contenders.values():
            train(loss, 200, 0)  # compile, and load what is loaded once
        seconds: dict[str, list[float]] = {name: [] for name in contenders}
        for run in range(options.runs):
            for name, train in contenders.items():
                start = time.perf_counter()
                train(loss, options.steps, run)
                seconds[name].append(time.perf_counter() - start)
        print(f"| {loss} | " + " | ".join(f"{median(times):.2f}" for times in seconds.values()) + " |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
