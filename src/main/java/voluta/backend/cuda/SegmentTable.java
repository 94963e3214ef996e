package voluta.backend.cuda;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import voluta.backend.Layout;
import voluta.backend.Layouts;
import voluta.backend.Preparation;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/**
 * Lists of tensors as the kernels of clipping and optimizer steps take them (native-kernels/include/segments.cuh): cut
 * into pieces of 16,384 elements that a block works on, in a table in device memory.
 */
record SegmentTable(long address, int segments) {
    private static final long PIECE = 16_384;
    /** A segment's pointers: parameter, gradient, three states. */
    static final int LISTS = 5;
    /** Words of a segment: its pointers and its length. */
    static final int WORDS = LISTS + 1;

    /**
     * The table of a step.
     *
     * @param lists for the parameter, the gradient and up to three states: the inputs that are its tensors, or null
     *     where there is no such list; all of one length, tensor by tensor of one size
     */
    static SegmentTable of(Binding x, int[]... lists) {
        List<long[]> rows = new ArrayList<>();
        int first = 0;
        while (lists[first] == null) first++;
        for (int t = 0; t < lists[first].length; t++) {
            long n = x.inputType(lists[first][t]).elements();
            for (long at = 0; at < n; at += PIECE) {
                long[] row = new long[WORDS];
                for (int l = 0; l < lists.length; l++) {
                    if (lists[l] != null) row[l] = x.input(lists[l][t]) + at * Float.BYTES;
                }
                row[LISTS] = Math.min(PIECE, n - at);
                rows.add(row);
            }
        }
        long[] words = rows.stream().flatMapToLong(Arrays::stream).toArray();
        return new SegmentTable(x.table(words), rows.size());
    }

    /** A table of gradients alone, the first {@code count} inputs. */
    static SegmentTable ofGradients(Binding x, int count) {
        return of(x, null, inputs(0, count));
    }

    /** How many segments a tensor is cut into. */
    static int segments(TensorType tensor) {
        return Math.toIntExact((tensor.elements() + PIECE - 1) / PIECE);
    }

    /** The first segment of each of these tensors, and behind the last how many there are in all. */
    static int[] firsts(List<TensorType> tensors) {
        int[] first = new int[tensors.size() + 1];
        for (int t = 0; t < tensors.size(); t++) first[t + 1] = first[t] + segments(tensors.get(t));
        return first;
    }

    /** The consecutive inputs from {@code first} on. */
    static int[] inputs(int first, int count) {
        return IntStream.range(first, first + count).toArray();
    }

    /** One block to a segment. */
    Grid grid() {
        return new Grid(Math.max(1, segments), Grid.THREADS, 1);
    }

    /** The layout in which the tensor of input {@code i} is worked on: as it lies, but always in f32. */
    static Layout layout(Preparation p, int i) {
        Layout l = p.offered().get(i);
        return l == null ? Layouts.PLAIN : CudaLayout.like(p.node().input(i).type(), l, DType.F32);
    }
}
