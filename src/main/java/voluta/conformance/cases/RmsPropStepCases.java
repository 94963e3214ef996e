package voluta.conformance.cases;

import java.util.ArrayList;
import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCase.Fill;
import voluta.conformance.OpCases;
import voluta.op.RmsPropStep;

/** Cases of {@link RmsPropStep}. */
public final class RmsPropStepCases implements OpCases {
    @Override
    public String op() {
        return "RmsPropStep";
    }

    @Override
    public List<OpCase> valid() {
        List<OpCase> all = new ArrayList<>();
        all.add(StepCase.of("plain", new RmsPropStep(4, 0.99, 1e-8, 0, false, 0), StepCase.SMALL));
        all.add(StepCase.of("weight decay", new RmsPropStep(4, 0.9, 1e-8, 0, false, 0.1), StepCase.SMALL));
        all.add(StepCase.of("momentum", new RmsPropStep(4, 0.9, 1e-8, 0.9, false, 0), StepCase.SMALL));
        // mean squares of 5 stay above the squared means, as they always do when both began at zero
        all.add(StepCase.fillState(
                StepCase.fillState(
                        StepCase.of("centered", new RmsPropStep(4, 0.9, 1e-8, 0, true, 0), StepCase.SMALL),
                        0,
                        Fill.STEP),
                1,
                Fill.UNIFORM));
        all.add(StepCase.fillState(
                StepCase.fillState(
                        StepCase.of(
                                "centered, momentum, weight decay, several pieces",
                                new RmsPropStep(3, 0.9, 1e-8, 0.9, true, 0.1),
                                StepCase.LARGE),
                        0,
                        Fill.STEP),
                1,
                Fill.UNIFORM));
        return all;
    }

    @Override
    public List<InvalidCase> invalid() {
        List<InvalidCase> all = new ArrayList<>(StepCase.invalid(new RmsPropStep(1, 0.99, 1e-8, 0, false, 0)));
        all.add(new InvalidCase(
                "an alpha of 1",
                () -> new RmsPropStep(1, 1, 1e-8, 0, false, 0),
                List.of(),
                "needs its alpha from 0.0 to below 1.0"));
        all.add(new InvalidCase(
                "no epsilon", () -> new RmsPropStep(1, 0.9, 0, 0, false, 0), List.of(), "needs an epsilon above 0"));
        return all;
    }
}
