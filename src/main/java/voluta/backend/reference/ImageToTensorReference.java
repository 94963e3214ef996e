package voluta.backend.reference;

import voluta.op.ImageToTensor;

/** Bytes N,H,W,C to normalised N,C,H,W. */
final class ImageToTensorReference {
    private ImageToTensorReference() {}

    static void register(ReferenceTable table) {
        table.add(ImageToTensor.class, (op, node) -> new ReferenceKernel((in, out, context) -> run(op, in[0], out[0])));
    }

    private static void run(ImageToTensor op, View v, View y) {
        int pixels = v.dim(1) * v.dim(2), channels = v.dim(3);
        for (int n = 0; n < v.dim(0); n++) {
            for (int p = 0; p < pixels; p++) {
                for (int c = 0; c < channels; c++) {
                    int from = (n * pixels + p) * channels + c, to = (n * channels + c) * pixels + p;
                    y.set(to, op.value((int) v.get(from), c));
                }
            }
        }
    }
}
