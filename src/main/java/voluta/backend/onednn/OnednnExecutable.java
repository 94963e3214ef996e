package voluta.backend.onednn;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import voluta.backend.DeviceException;
import voluta.backend.Executable;
import voluta.backend.Feed;
import voluta.backend.Program;
import voluta.backend.Step;

/** A program as flat arrays: walking them is a step. */
final class OnednnExecutable implements Executable {
    private final Program program;
    private final dnnl_stream stream;
    private final OnednnContext context;
    private final dnnl_primitive[] primitives;
    private final dnnl_exec_arg_t[] arguments;
    private final int[] counts;
    private final Runnable[] java;
    private final int[] steps;
    private final Pointer[][] feedFrom;
    private final Pointer[] feedTo;
    private final long[] feedBytes;
    private final List<Object> keep = new ArrayList<>();
    /** All that were made for this program, on the way through its kernels. */
    private final PointerScope pointers;

    OnednnExecutable(OnednnContext context, Program program) {
        this.context = context;
        this.program = program;
        this.stream = context.stream.get();
        List<Binding.Action> actions = new ArrayList<>();
        int f = program.feeds().size();
        feedFrom = new Pointer[f][];
        feedTo = new Pointer[f];
        feedBytes = new long[f];
        try (PointerScope made = new PointerScope()) {
            for (int i = 0; i < program.steps().size(); i++) {
                Step s = program.steps().get(i);
                ((OnednnKernel) s.kernel()).bind(new Binding(context, s, i, actions, keep));
            }
            for (int i = 0; i < f; i++) {
                Feed feed = program.feeds().get(i);
                feedBytes[i] = feed.type().plainBytes();
                feedTo[i] = NativeMemory.at(NativeMemory.address(feed.target()), feedBytes[i]);
                feedFrom[i] =
                        feed.slots().stream().map(h -> new Pointer(h.bytes())).toArray(Pointer[]::new);
            }
            pointers = made.extend();
        }
        int n = actions.size();
        primitives = new dnnl_primitive[n];
        arguments = new dnnl_exec_arg_t[n];
        counts = new int[n];
        java = new Runnable[n];
        steps = new int[n];
        for (int i = 0; i < n; i++) {
            Binding.Action a = actions.get(i);
            primitives[i] = a.primitive;
            arguments[i] = a.arguments;
            counts[i] = a.count;
            java[i] = a.java;
            steps[i] = a.step;
        }
    }

    @Override
    public void run(int slot) {
        context.takeThreads();
        feed(slot);
        for (int i = 0; i < primitives.length; i++) act(i);
        dnnl.dnnl_stream_wait(stream);
    }

    private void act(int i) {
        if (primitives[i] == null) {
            java[i].run();
            return;
        }
        int status = dnnl.dnnl_primitive_execute(primitives[i], stream, counts[i], arguments[i]);
        if (status != dnnl.dnnl_success) {
            Step s = program.steps().get(steps[i]);
            throw new DeviceException(
                    s.path(), null, "oneDNN's " + s.kernel().implementation() + " failed with status " + status, null);
        }
    }

    @Override
    public void run(int slot, StepListener listener) {
        context.takeThreads();
        feed(slot);
        int next = 0;
        for (int s = 0; s < program.steps().size(); s++) {
            long t = System.nanoTime();
            while (next < primitives.length && steps[next] == s) act(next++);
            dnnl.dnnl_stream_wait(stream);
            listener.after(s, System.nanoTime() - t);
        }
    }

    private void feed(int slot) {
        for (int f = 0; f < feedTo.length; f++) Pointer.memcpy(feedTo[f], feedFrom[f][slot], feedBytes[f]);
    }

    @Override
    public void close() {
        pointers.close();
        keep.clear();
    }
}
