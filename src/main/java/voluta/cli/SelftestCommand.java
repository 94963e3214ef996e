package voluta.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.Precision;
import voluta.conformance.CaseResult;
import voluta.conformance.CaseTable;
import voluta.conformance.Conformance;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCases;
import voluta.tensor.Nearest;

/** Compares every op on a backend with the double-precision reference. */
@Command(
        name = "selftest",
        header = {"Check that a backend computes what the reference does.", ""},
        description =
                "Checks that a backend computes what the ops say: runs every case of every op, forward and backward,"
                        + " and compares with the reference in double precision. Ends with exit code 1 if any case fails.",
        footer = {
            "",
            "Examples:",
            "  voluta selftest",
            "  voluta selftest --backend onednn --precision bf16 --op Convolution",
            "  voluta selftest --list",
            "  voluta selftest --json | tail -n 1"
        })
final class SelftestCommand implements Callable<Integer> {
    private static final String ALL = "all";

    @Mixin
    private BackendOption where;

    @Option(
            names = "--precision",
            paramLabel = "P",
            description = "f32, bf16, f16, or all that the backend has. Default:" + " ${DEFAULT-VALUE}.")
    private String precision = ALL;

    @Option(names = "--op", paramLabel = "NAME", description = "Only the cases of this op; may be given several times.")
    private List<String> ops = new ArrayList<>();

    @Option(names = "--list", description = "Print the names of ops and cases, and run nothing.")
    private boolean list;

    @Mixin
    private Output output;

    /** What the cases of one op gave. */
    private static final class Tally {
        private int cases;
        private int failed;
        private double worst;

        private void add(CaseResult result) {
            cases++;
            if (!result.passed()) failed++;
            worst = Math.max(worst, result.error()); // NaN stays
        }
    }

    @Override
    public Integer call() {
        List<Precision> precisions = precisions();
        List<OpCases> chosen = chosen();
        if (list) {
            chosen.forEach(this::list);
            return ExitCode.OK;
        }
        Backends.Choice choice = where.open();
        try (Backend candidate = choice.backend();
                Backend oracle =
                        Backends.open("reference", BackendOptions.DEFAULT).backend()) {
            output.note("%s", choice.explanation());
            Conformance conformance = new Conformance(candidate, oracle, where.options());
            int cases = 0, failed = 0;
            for (Precision p : all() ? candidate.precisions() : precisions) {
                for (OpCases op : chosen) {
                    Tally tally = run(conformance, op, p);
                    cases += tally.cases;
                    failed += tally.failed;
                }
            }
            return total(candidate, cases, failed);
        }
    }

    private boolean all() {
        return precision.equalsIgnoreCase(ALL);
    }

    /** Those asked for by name. */
    private List<Precision> precisions() {
        if (all()) return List.of();
        for (Precision p : Precision.values()) if (p.label().equalsIgnoreCase(precision)) return List.of(p);
        throw output.usage("there is no precision %s; choose f32, bf16, f16 or all", precision);
    }

    private List<OpCases> chosen() {
        List<OpCases> all = CaseTable.all();
        if (ops.isEmpty()) return all;
        Map<String, OpCases> byName = new LinkedHashMap<>();
        all.forEach(c -> byName.put(c.op(), c));
        List<OpCases> chosen = new ArrayList<>();
        for (String name : ops) {
            OpCases cases = byName.get(name);
            if (cases == null) {
                throw output.usage(
                        "there is no op %s%s; --list names them all",
                        name,
                        Nearest.of(name, byName.keySet())
                                .map(n -> ", did you mean " + n + "?")
                                .orElse(""));
            }
            chosen.add(cases);
        }
        return chosen;
    }

    private void list(OpCases op) {
        output.line("%s", op.op());
        for (OpCase c : op.valid()) list(op, c.name(), true);
        for (InvalidCase c : op.invalid()) list(op, c.name(), false);
    }

    private void list(OpCases op, String name, boolean valid) {
        output.line("  %s%s", valid ? "" : "refuses ", name);
        output.record(new JsonLine().put("op", op.op()).put("case", name).put("valid", valid));
    }

    private Tally run(Conformance conformance, OpCases op, Precision p) {
        List<CaseResult> failures = new ArrayList<>();
        Tally tally = new Tally();
        for (OpCase c : op.valid()) tell(conformance.run(op.op(), c, p), tally, failures);
        // Refusals come before any computing, so once is enough.
        if (p == Precision.F32) {
            for (InvalidCase c : op.invalid()) tell(conformance.refuse(op.op(), c), tally, failures);
        }
        output.line(
                "%-4s %-5s %-28s %4d cases  %3d failed  worst error %.1e",
                tally.failed == 0 ? "ok" : "FAIL", p.label(), op.op(), tally.cases, tally.failed, tally.worst);
        for (CaseResult r : failures)
            output.line("       %s (tolerance %.1e): %s", r.name(), r.tolerance(), r.failure());
        return tally;
    }

    private void tell(CaseResult result, Tally tally, List<CaseResult> failures) {
        tally.add(result);
        if (!result.passed()) failures.add(result);
        output.record(new JsonLine()
                .put("op", result.op())
                .put("case", result.name())
                .put("precision", result.precision())
                .put("passed", result.passed())
                .put("error", result.error())
                .put("tolerance", result.tolerance())
                .put("failure", result.passed() ? null : result.failure()));
    }

    private int total(Backend candidate, int cases, int failed) {
        output.line(
                "%d cases on %s (%s): %s",
                cases, candidate.name(), candidate.device(), failed == 0 ? "all passed" : failed + " failed");
        output.record(new JsonLine()
                .put("backend", candidate.name())
                .put("device", candidate.device())
                .put("precision", precision)
                .put("cases", cases)
                .put("failed", failed));
        return failed == 0 ? ExitCode.OK : ExitCode.INTERNAL;
    }
}
