package voluta.conformance.cases;

import java.util.ArrayList;
import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCases;
import voluta.op.AdamStep;

/** Cases of {@link AdamStep}. */
public final class AdamStepCases implements OpCases {
    @Override
    public String op() {
        return "AdamStep";
    }

    @Override
    public List<OpCase> valid() {
        return List.of(
                StepCase.of("adam", new AdamStep(4, 0.9, 0.999, 1e-8, 0, false), StepCase.SMALL),
                StepCase.of("adam with weight decay", new AdamStep(4, 0.9, 0.999, 1e-8, 0.1, false), StepCase.SMALL),
                StepCase.of("adamw", new AdamStep(4, 0.9, 0.999, 1e-8, 0.1, true), StepCase.SMALL),
                StepCase.of("other betas, large epsilon", new AdamStep(4, 0.5, 0.8, 0.1, 0, false), StepCase.SMALL),
                StepCase.of("no memory", new AdamStep(4, 0, 0, 0.1, 0, false), StepCase.SMALL),
                StepCase.of("adamw, several pieces", new AdamStep(3, 0.9, 0.999, 1e-8, 0.1, true), StepCase.LARGE));
    }

    @Override
    public List<InvalidCase> invalid() {
        List<InvalidCase> all = new ArrayList<>(StepCase.invalid(new AdamStep(1, 0.9, 0.999, 1e-8, 0, false)));
        all.add(new InvalidCase(
                "a beta of 1",
                () -> new AdamStep(1, 0.9, 1, 1e-8, 0, false),
                List.of(),
                "needs its beta2 from 0.0 to below 1.0, got 1.0"));
        all.add(new InvalidCase(
                "no epsilon", () -> new AdamStep(1, 0.9, 0.999, 0, 0, false), List.of(), "needs an epsilon above 0"));
        all.add(new InvalidCase(
                "an epsilon that vanishes in f32",
                () -> new AdamStep(1, 0.9, 0.999, 1e-60, 0, false),
                List.of(),
                "that a 32-bit float can hold"));
        return all;
    }
}
