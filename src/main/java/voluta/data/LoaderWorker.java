package voluta.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * One thread of a {@link BatchLoader}. Asks the loader for a piece of work (some images of a batch, or the order of an
 * epoch), does it without holding the loader's monitor, and asks again.
 */
final class LoaderWorker implements Runnable {
    private final BatchLoader loader;
    private final Dataset dataset;
    /** Of a sample in a slot. */
    private final int bytes;

    private final SampleWriter writer;
    private final List<BatchSlot> slots;
    /** This thread's own views, since reading an image moves a buffer's position. */
    private final ByteBuffer[] views;

    private final Mixing mixing;
    private final int classes;

    /** What mixing draws. */
    private final Canvas mixNumbers;

    // The piece of work, set by the loader: an order to draw, or images from..to of the batch in a slot.
    private EpochOrder order;
    private boolean drawsOrder;
    private boolean fills;
    private int epoch;
    private int slot;
    private int batch;
    private int from;
    private int to;
    private int position;

    LoaderWorker(BatchLoader loader, Dataset dataset, List<BatchSlot> slots, LoaderOptions options) {
        this.loader = loader;
        this.dataset = dataset;
        this.bytes = dataset.sampleBytes();
        this.writer = SampleWriter.of(dataset, options);
        this.slots = slots;
        this.views = new ByteBuffer[slots.size()];
        for (int s = 0; s < views.length; s++)
            views[s] = slots.get(s).images().duplicate().order(ByteOrder.nativeOrder());
        this.mixing = options.mixing();
        this.classes = dataset.classNames().size();
        this.mixNumbers = new Canvas(dataset.imageShape(), null, options.seed(), "mix");
    }

    void assignOrder(EpochOrder order, int epoch) {
        this.drawsOrder = true;
        this.order = order;
        this.epoch = epoch;
    }

    void assignImages(EpochOrder order, int epoch, int batch, int slot, int from, int to) {
        this.drawsOrder = false;
        this.fills = true;
        this.order = order;
        this.epoch = epoch;
        this.batch = batch;
        this.slot = slot;
        this.from = from;
        this.to = to;
    }

    @Override
    public void run() {
        try {
            while (loader.nextWork(this)) {
                if (drawsOrder) {
                    order.draw(epoch);
                    loader.orderDrawn(order, epoch);
                } else {
                    fill();
                    fills = false;
                    loader.imagesFilled(slot, to - from);
                }
            }
        } catch (InterruptedException e) {
            // Expected from close() alone. From elsewhere it is an error like any other, or take() would wait for ever.
            loader.failed(this, e);
        } catch (Throwable e) {
            loader.failed(this, e);
        }
    }

    /** The slot that is being filled, or -1 between two pieces of work and while an order is drawn. */
    int slot() {
        return fills ? slot : -1;
    }

    /** The position in its batch that is being filled. */
    int position() {
        return position;
    }

    private void fill() {
        BatchSlot target = slots.get(slot);
        int first = batch * target.capacity();
        for (position = from; position < to && !loader.closed(); position++) {
            if (position < target.count()) {
                int sample = order.at(first + position);
                boolean usable = writer.write(epoch, sample, views[slot], position * bytes);
                target.labels().putInt(position * Integer.BYTES, usable ? label(sample) : -1);
                target.setSample(position, sample);
            } else {
                writer.blank(views[slot], position * bytes);
                target.labels().putInt(position * Integer.BYTES, -1);
                target.setSample(position, -1);
            }
            if (target.targets() != null) setTarget(target, position);
            // Both images of a pair are there when the second one is.
            if (mixing.active() && (position & 1) == 1) mix(target, position - 1, position);
        }
    }

    private void setTarget(BatchSlot target, int position) {
        int row = position * classes * Float.BYTES, label = target.labels().getInt(position * Integer.BYTES);
        for (int c = 0; c < classes; c++) target.targets().putFloat(row + c * Float.BYTES, c == label ? 1 : 0);
    }

    private void mix(BatchSlot target, int first, int second) {
        int a = target.labels().getInt(first * Integer.BYTES),
                b = target.labels().getInt(second * Integer.BYTES);
        if (a < 0 || b < 0) return;
        mixNumbers.turnTo(epoch, target.sample(first));
        double own = mixing.mix(views[slot].clear(), first * bytes, second * bytes, mixNumbers);
        if (a == b) return;
        share(target, first, a, b, own);
        share(target, second, b, a, own);
    }

    private void share(BatchSlot target, int position, int label, int other, double own) {
        int row = position * classes;
        target.targets().putFloat((row + label) * Float.BYTES, (float) own);
        target.targets().putFloat((row + other) * Float.BYTES, (float) (1 - own));
    }

    /** A label out of range would make a kernel on a device read outside its arrays. */
    private int label(int sample) {
        int label = dataset.label(sample);
        if (label < 0 || label >= dataset.classNames().size()) {
            throw new DataException(dataset.name() + " gives image " + sample + " the label " + label
                    + ", but there are " + dataset.classNames().size() + " classes; its reader is at fault");
        }
        return label;
    }
}
