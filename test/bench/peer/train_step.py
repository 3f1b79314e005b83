"""The step of trainer/training/steps.ts for the `modern` presets, in eager PyTorch, float32.

Usage: train_step.py FOLDER, with `setup.json` and `tensors.bin` as written by process.ts. Each line
on stdin asks for steps, each line on stdout answers with their time and losses.
"""

import json
import resource
import sys
import time
from pathlib import Path

import torch

import losses
from networks import discriminate, generator_change, load_weights
from stored_tensors import read_tensors


def to_pixel_range(levels):
    """uint8 levels, NHWC, to [-1, 1], NCHW."""
    return levels.permute(0, 3, 1, 2).contiguous().float() / 127.5 - 1


class Peer:
    def __init__(self, setup, tensors):
        self.config = setup["config"]
        self.translated = setup["translated"]
        self.batch = {name: tensors[f"batch/{name}"] for name in ("sources", "reals")}
        self.labels = {
            name: tensors[f"batch/{name}"] for name in ("labels", "ownLabels", "realLabels")
        }
        self.outside = tensors["outside"].permute(0, 3, 1, 2).contiguous()
        networks = setup["generator"], setup["discriminator"]
        self.generator_config, self.discriminator_config = networks
        self.generator = load_weights("generator", tensors, networks[0])
        self.discriminator = load_weights("discriminator", tensors, networks[1])
        self.ema = [value.detach().clone() for value in self.generator.values()]
        self.generator_adam = self.adam(self.generator)
        self.discriminator_adam = self.adam(self.discriminator)

    def adam(self, weights):
        betas = float(self.config["beta1"]), float(self.config["beta2"])
        # The fused update is the fastest that eager PyTorch has on a CPU.
        return torch.optim.Adam(weights.values(), betas=betas, eps=1e-8, fused=True)

    def generate(self, x, labels):
        return generator_change(self.generator_config, self.generator, x, labels)

    def judge(self, x):
        return discriminate(self.discriminator_config, self.discriminator, x)

    def seen(self, change):
        return change * (1 - self.outside) if self.config["loss"]["throughMask"] else change

    def step(self, schedule):
        """One update of both networks and the average; returns the losses by name."""
        sources = to_pixel_range(self.batch["sources"])
        reals = to_pixel_range(self.batch["reals"])
        measured, fakes = self.generator_step(schedule, sources)
        measured |= self.discriminator_step(schedule, sources, reals, fakes)
        with torch.no_grad():
            torch._foreach_lerp_(
                self.ema, list(self.generator.values()), 1 - schedule["emaDecay"]
            )
        return {name: value.item() for name, value in measured.items()}

    def generator_step(self, schedule, sources):
        weights, t = self.config["loss"], self.translated
        wanted = self.labels["labels"][:t]
        change = self.generate(sources, self.labels["labels"])
        made_over = self.seen(change[:t])
        fakes = sources[:t] + made_over
        logits = losses.pick_logits(self.judge(fakes), wanted)
        measured = {
            "G/adversarial": losses.real_loss(logits),
            "G/lowpass": losses.lowpass_loss(made_over),
            "G/chroma": losses.chroma_loss(made_over),
            "G/outside": losses.outside_loss(change[:t], self.outside),
            "G/self": losses.l1_loss(change[t:]),
            "G/overshoot": losses.overshoot_loss(fakes),
        }
        restraint = schedule["restraint"]
        total = (
            measured["G/adversarial"] * schedule["adversarialWeight"]
            + measured["G/lowpass"] * schedule["lowpassWeight"]
            + measured["G/chroma"] * (restraint * weights["chroma"])
            + measured["G/outside"] * (restraint * weights["outside"])
            + measured["G/self"] * weights["self"]
            + measured["G/overshoot"] * weights["overshoot"]
        )
        measured["G/change"] = losses.l1_loss(made_over.detach())
        if schedule["step"] % weights["cycleEverySteps"] == 0:
            back = self.seen(self.generate(fakes, self.labels["ownLabels"][:t]))
            measured["G/cycle"] = losses.l1_loss(made_over + back)
            total = total + measured["G/cycle"] * weights["cycle"]
        measured["G"] = total
        self.update(self.generator, self.generator_adam, total, schedule)
        return measured, fakes.detach()

    def discriminator_step(self, schedule, sources, reals, fakes):
        weights, t, step = self.config["loss"], self.translated, schedule["step"]
        wanted, real_labels = self.labels["labels"][:t], self.labels["realLabels"]
        with_r1 = step % weights["r1EverySteps"] == 0
        logits = self.judge(reals.requires_grad_(with_r1))
        real_logits = losses.pick_logits(logits, real_labels)
        fake_logits = losses.pick_logits(self.judge(fakes), wanted)
        measured = {
            "D/real": losses.real_loss(real_logits),
            "D/fake": losses.fake_loss(fake_logits),
            "D/mismatch": losses.mismatch_loss(logits, real_labels),
        }
        total = measured["D/real"] + measured["D/fake"]
        total = total + measured["D/mismatch"] * weights["mismatch"]
        if step % weights["sourceEverySteps"] == 0:
            source_logits = losses.pick_logits(self.judge(sources[:t]), wanted)
            measured["D/source"] = losses.fake_loss(source_logits)
            total = total + measured["D/source"] * (
                weights["source"] * weights["sourceEverySteps"]
            )
        if with_r1:
            measured["D/r1"] = losses.r1_penalty(real_logits, reals)
            total = total + measured["D/r1"] * (weights["r1EverySteps"] * weights["r1Gamma"] / 2)
        measured["D"] = total
        self.update(self.discriminator, self.discriminator_adam, total, schedule)
        return measured

    def update(self, weights, adam, loss, schedule):
        adam.zero_grad()
        # Weights of the other network get no gradient.
        loss.backward(inputs=list(weights.values()))
        for group in adam.param_groups:
            group["lr"] = schedule["learningRate"]
        adam.step()


def main():
    folder = Path(sys.argv[1])
    setup = json.loads((folder / "setup.json").read_text())
    torch.set_num_threads(setup["threads"])
    peer = Peer(setup, read_tensors(folder, setup["tensors"]))
    print(json.dumps({"version": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
    for line in sys.stdin:
        started = time.perf_counter()
        measured = [peer.step(schedule) for schedule in json.loads(line)]
        elapsed_ms = 1000 * (time.perf_counter() - started)
        # Linux gives the peak in KiB.
        peak_bytes = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        answer = {"elapsedMs": elapsed_ms, "losses": measured, "peakRssBytes": peak_bytes}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
