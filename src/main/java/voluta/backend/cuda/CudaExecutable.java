package voluta.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUevent;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.JCudaDriver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import voluta.backend.DeviceException;
import voluta.backend.Executable;
import voluta.backend.ExecutionMode;
import voluta.backend.Program;
import voluta.backend.Step;
import voluta.backend.cuda.binding.CudaCheck;
import voluta.backend.cuda.memory.DeviceRegion;

/**
 * A program as a list of native calls on one stream. Captured, the first run makes the calls one by one, so that the
 * libraries load what they need, which a capture does not allow; the second records them into a CUDA graph, and from
 * then on a step is one launch. Where a library does something that cannot be recorded, the calls go on being made one by
 * one, with the same results, and a warning says which it was.
 */
final class CudaExecutable implements Executable {
    private static final Logger LOG = LoggerFactory.getLogger(CudaExecutable.class);
    private static final int CAPTURE_THREAD_LOCAL = 1;
    private static final int EVENT_DEFAULT = 0;

    private final CudaContext context;
    private final Program program;
    private final ExecutionMode mode;
    private final boolean insists;
    private final Binding.Action[] actions;
    private final List<DeviceRegion> tables = new ArrayList<>();
    private final FeedCopies feeds;
    private CUgraphExec graph;
    private boolean warm;
    /** Whether recording was tried in vain. */
    private boolean unrecordable;

    private boolean closed;

    /** @param insists whether a program that cannot be captured is an error */
    CudaExecutable(CudaContext context, Program program, ExecutionMode mode, boolean insists) {
        this.context = context;
        this.program = program;
        this.mode = mode;
        this.insists = insists;
        List<Binding.Action> all = new ArrayList<>();
        boolean done = false;
        try {
            for (int i = 0; i < program.steps().size(); i++) {
                Step s = program.steps().get(i);
                ((CudaKernel) s.kernel()).bind(new Binding(context, s, i, all, tables));
            }
            actions = all.toArray(Binding.Action[]::new);
            feeds = new FeedCopies(context, program.feeds());
            done = true;
        } finally {
            if (!done) tables.forEach(DeviceRegion::close);
        }
    }

    @Override
    public void run(int slot) {
        context.enter();
        feeds.begin(slot);
        switch (mode) {
            case CAPTURED -> {
                if (graph == null && warm && !unrecordable) graph = capture();
                if (graph == null) perform();
                else CudaCheck.driver(JCudaDriver.cuGraphLaunch(graph, context.stream), "cuGraphLaunch");
            }
            case EAGER -> perform();
            case CHECKED -> performChecked();
        }
        warm = true;
        feeds.finish();
    }

    private void perform() {
        for (Binding.Action a : actions) a.perform();
    }

    /** Waits after each call, so that a fault of the device is found where it happens. */
    private void performChecked() {
        for (Binding.Action a : actions) {
            a.perform();
            CudaCheck.certain(JCudaDriver.cuStreamSynchronize(context.stream), a.call());
        }
    }

    /** The program as a graph, or null where it cannot be recorded. */
    private CUgraphExec capture() {
        try {
            return instantiate(record());
        } catch (DeviceException e) {
            if (insists) throw e;
            unrecordable = true;
            LOG.warn(
                    "this step cannot be one CUDA graph; its {} calls are made one by one, which is slower for small"
                            + " networks. {}",
                    actions.length,
                    e.getMessage());
            return null;
        }
    }

    private CUgraph record() {
        CUgraph recorded = new CUgraph();
        CudaCheck.driver(
                JCudaDriver.cuStreamBeginCapture(context.stream, CAPTURE_THREAD_LOCAL), "cuStreamBeginCapture");
        RuntimeException failure = null;
        try {
            perform();
        } catch (RuntimeException e) {
            failure = e;
        }
        int ended = JCudaDriver.cuStreamEndCapture(context.stream, recorded);
        if (failure != null) {
            if (ended == 0) JCudaDriver.cuGraphDestroy(recorded);
            throw failure;
        }
        CudaCheck.driver(ended, "cuStreamEndCapture");
        return recorded;
    }

    private CUgraphExec instantiate(CUgraph recorded) {
        CUgraphExec exec = new CUgraphExec();
        try {
            CudaCheck.driver(JCudaDriver.cuGraphInstantiate(exec, recorded, 0), "cuGraphInstantiate");
        } finally {
            CudaCheck.driver(JCudaDriver.cuGraphDestroy(recorded), "cuGraphDestroy");
        }
        CudaCheck.driver(JCudaDriver.cuGraphUpload(exec, context.stream), "cuGraphUpload");
        return exec;
    }

    @Override
    public void run(int slot, StepListener listener) {
        context.enter();
        feeds.begin(slot);
        CUevent begin = new CUevent(), end = new CUevent();
        CudaCheck.driver(JCudaDriver.cuEventCreate(begin, EVENT_DEFAULT), "cuEventCreate");
        CudaCheck.driver(JCudaDriver.cuEventCreate(end, EVENT_DEFAULT), "cuEventCreate");
        try {
            int next = 0;
            float[] millis = new float[1];
            for (int s = 0; s < program.steps().size(); s++) {
                CudaCheck.driver(JCudaDriver.cuEventRecord(begin, context.stream), "cuEventRecord");
                while (next < actions.length && actions[next].step() == s) actions[next++].perform();
                CudaCheck.driver(JCudaDriver.cuEventRecord(end, context.stream), "cuEventRecord");
                int done = JCudaDriver.cuEventSynchronize(end);
                if (done != 0) throw faultOf(program.steps().get(s), done);
                CudaCheck.driver(JCudaDriver.cuEventElapsedTime(millis, begin, end), "cuEventElapsedTime");
                listener.after(s, (long) (millis[0] * 1e6));
            }
        } finally {
            JCudaDriver.cuEventDestroy(begin);
            JCudaDriver.cuEventDestroy(end);
        }
        warm = true;
        feeds.finish();
    }

    private static DeviceException faultOf(Step s, int code) {
        String source = s.node() == null ? null : s.node().source();
        try {
            CudaCheck.certain(code, new CudaCheck.Call(s.kernel().implementation(), s.path(), source, ""));
        } catch (DeviceException e) {
            return e;
        }
        throw new IllegalStateException("no fault");
    }

    @Override
    public void close() {
        if (closed) return;
        closed = true;
        try {
            context.synchronize();
            if (graph != null) CudaCheck.driver(JCudaDriver.cuGraphExecDestroy(graph), "cuGraphExecDestroy");
        } finally {
            feeds.close();
            tables.forEach(DeviceRegion::close);
        }
    }
}
