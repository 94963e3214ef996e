package voluta.conformance.cases;

import java.util.ArrayList;
import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCase.Fill;
import voluta.conformance.OpCases;
import voluta.op.SgdStep;

/** Cases of {@link SgdStep}. */
public final class SgdStepCases implements OpCases {
    @Override
    public String op() {
        return "SgdStep";
    }

    @Override
    public List<OpCase> valid() {
        List<OpCase> all = new ArrayList<>();
        all.add(StepCase.of("plain", new SgdStep(4, 0, 0, false, 0), StepCase.SMALL));
        all.add(StepCase.of("plain with weight decay", new SgdStep(4, 0, 0, false, 0.1), StepCase.SMALL));
        all.add(StepCase.of("momentum", new SgdStep(4, 0.9, 0, false, 0), StepCase.SMALL));
        all.add(StepCase.of("momentum, dampening, weight decay", new SgdStep(4, 0.9, 0.3, false, 0.1), StepCase.SMALL));
        all.add(StepCase.of("nesterov, weight decay", new SgdStep(4, 0.9, 0, true, 0.1), StepCase.SMALL));
        all.add(StepCase.of("momentum, several pieces", new SgdStep(3, 0.9, 0, false, 0.1), StepCase.LARGE));
        for (boolean nesterov : new boolean[] {false, true}) {
            SgdStep op = new SgdStep(4, 0.5, 0, nesterov, 0.25);
            all.add(StepCase.of(nesterov ? "nesterov of integers" : "momentum of integers", op, StepCase.SMALL)
                    .exactly()
                    .fill(op.step(), Fill.STEP));
        }
        return all;
    }

    @Override
    public List<InvalidCase> invalid() {
        List<InvalidCase> all = new ArrayList<>(StepCase.invalid(new SgdStep(1, 0.9, 0, false, 0)));
        all.add(new InvalidCase(
                "no parameter", () -> new SgdStep(0, 0.9, 0, false, 0), List.of(), "at least one tensor"));
        all.add(new InvalidCase(
                "a momentum of 1",
                () -> new SgdStep(1, 1, 0, false, 0),
                List.of(),
                "needs its momentum from 0.0 to below 1.0, got 1.0"));
        all.add(new InvalidCase(
                "nesterov without momentum",
                () -> new SgdStep(1, 0, 0, true, 0),
                List.of(),
                "needs a momentum above 0"));
        all.add(new InvalidCase(
                "a negative weight decay",
                () -> new SgdStep(1, 0, 0, false, -1),
                List.of(),
                "needs its weight decay from 0.0 up, got -1.0"));
        return all;
    }
}
