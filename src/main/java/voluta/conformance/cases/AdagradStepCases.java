package voluta.conformance.cases;

import java.util.ArrayList;
import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCases;
import voluta.op.AdagradStep;

/** Cases of {@link AdagradStep}. */
public final class AdagradStepCases implements OpCases {
    @Override
    public String op() {
        return "AdagradStep";
    }

    @Override
    public List<OpCase> valid() {
        return List.of(
                StepCase.of("plain", new AdagradStep(4, 1e-10, 0, 0), StepCase.SMALL),
                StepCase.of("learning rate and weight decay", new AdagradStep(4, 1e-10, 0.1, 0.1), StepCase.SMALL),
                StepCase.of("several pieces", new AdagradStep(3, 1e-10, 0, 0), StepCase.LARGE));
    }

    @Override
    public List<InvalidCase> invalid() {
        List<InvalidCase> all = new ArrayList<>(StepCase.invalid(new AdagradStep(1, 1e-10, 0, 0)));
        all.add(new InvalidCase(
                "a negative decay",
                () -> new AdagradStep(1, 1e-10, -1, 0),
                List.of(),
                "needs its learning rate decay from 0.0 up, got -1.0"));
        all.add(new InvalidCase(
                "no epsilon", () -> new AdagradStep(1, 0, 0, 0), List.of(), "needs an epsilon above 0"));
        return all;
    }
}
