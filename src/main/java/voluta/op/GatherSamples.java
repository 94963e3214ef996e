package voluta.op;

import java.util.List;
import voluta.graph.Op;
import voluta.tensor.DType;
import voluta.tensor.SamplePlace;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * A batch out of a data set that lies on the device. Inputs: all samples, U8[M,H,W,C] images or F32[M,...] arrays, and a
 * place for each sample of the batch, I32[N,8] ({@link SamplePlace}). Output: the batch, with N in the place of M; images
 * moved, mirrored and erased as their places say, arrays as they are. A place whose sample is not one of the M gives zeros.
 *
 * @param fill the fill colour of images, a byte value for each channel; empty for arrays
 */
public record GatherSamples(List<Integer> fill) implements Op {
    public GatherSamples {
        fill = List.copyOf(fill);
        for (int v : fill) {
            if (v < 0 || v > 255) throw new ShapeException("a fill colour has byte values, got " + fill);
        }
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorLists.checkInputs(name(), inputs, 2);
        TensorType all = inputs.get(0), places = inputs.get(1);
        boolean images = all.dtype() == DType.U8 && all.rank() == 4;
        if (!images && (all.dtype() != DType.F32 || all.rank() < 2)) {
            throw new ShapeException("a batch is gathered from images u8[M,H,W,C] or arrays f32[M,...], got " + all);
        }
        if (images && all.dim(3) != fill.size()) {
            throw new ShapeException(
                    "images with " + all.dim(3) + " channels need a fill colour of as many, got " + fill);
        }
        if (places.dtype() != DType.I32 || places.rank() != 2 || places.dim(1) != SamplePlace.WORDS) {
            throw new ShapeException("the places of samples must be i32[N," + SamplePlace.WORDS + "], got " + places);
        }
        return List.of(batch(all, places.dim(0)));
    }

    /** The type of so many samples like these. */
    public static TensorType batch(TensorType samples, long n) {
        return new TensorType(samples.dtype(), samples.shape().with(0, n));
    }
}
